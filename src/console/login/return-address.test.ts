import { expect, it } from 'vitest'
import { returnAddress } from './return-address.ts'

it.each([
  ['', '/'],
  ['?next=%2Fledger', '/ledger'],
  ['?next=%2F%3Flogin%3Ddana', '/?login=dana'],
  ['?next=%2F%2Fevil.example', '/'],
  ['?next=%2F%5Cevil.example', '/'],
  ['?next=%2F%09%2Fevil.example', '/'],
  ['?next=https%3A%2F%2Fevil.example', '/'],
  ['?next=javascript%3Aalert(1)', '/'],
  ['?next=%2Flogin%3Freturn%3D%2F', '/'],
])('leads with %s to %s', (search, expected) => {
  expect(returnAddress(search)).toBe(expected)
})
