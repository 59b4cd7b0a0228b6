import { expect, it } from 'vitest'
import { listOf, rowOf } from './came-from.ts'

it.each([
  [null, undefined],
  [{}, undefined],
  [{ list: 7, row: null }, undefined],
  ['list', undefined],
  [{ list: '', row: '' }, ''],
  [{ list: 'x', row: 'x' }, 'x'],
])('reads of %j: %j', (state, text) => {
  expect([listOf(state), rowOf(state)]).toEqual([text, text])
})
