import fc from 'fast-check'
import { expect, it } from 'vitest'
import { sliceOf } from '../../src/server/slice.ts'

const DAY = 86_400

it.each([
  [0, 60, 60, 60],
  [30, 3_600, 60, 60],
  [30, 3_630, 60, 120],
  [0, DAY, 24, 3_600],
  [0, 30 * DAY, 60, DAY / 2],
  [0, 365 * DAY, 60, 7 * DAY],
  [59, 61, 1, 120],
])('cuts [%i, %i) into at most %i slices of %i s', (from, to, most, expected) => {
  expect(sliceOf({ from, to }, most)).toBe(expected)
})

it('never makes more slices than are wanted, and one at least', () => {
  const range = fc
    .tuple(fc.nat(253_402_300_799), fc.integer({ min: 1, max: 253_402_300_799 }))
    .map(([from, length]) => ({ from, to: Math.min(from + length, 253_402_300_800) }))
  fc.assert(
    fc.property(range, fc.integer({ min: 1, max: 1_000 }), ({ from, to }, most) => {
      const slice = sliceOf({ from, to }, most)
      const count = Math.floor((to - 1) / slice) - Math.floor(from / slice) + 1
      expect(slice).toBeGreaterThanOrEqual(60)
      expect(count).toBeLessThanOrEqual(most)
    }),
  )
})
