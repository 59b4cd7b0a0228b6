import { expect, it } from 'vitest'
import { colourOf } from './colours.ts'

it('gives events of no known category a colour of their own', () => {
  expect(colourOf('unknown')).not.toBe(colourOf('neo'))
  expect(colourOf('unknown')).toBe('colour-13')
})

it('gives the same category the same colour, also a new one', () => {
  expect(colourOf('something-new')).toBe(colourOf('something-new'))
  expect(colourOf('something-new')).toMatch(/^colour-\d+$/)
})
