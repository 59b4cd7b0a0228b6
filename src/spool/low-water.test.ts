import { expect, it } from 'vitest'
import { lowWaterOf, oldestFrom } from './low-water.ts'

it('says how old the oldest event from an offset on is, if stretches end before it', () => {
  const held = [
    { end: 10, oldest: 100 },
    { end: 20, oldest: 300 },
    { end: 30, oldest: 200 },
  ]
  expect([oldestFrom(9, held), oldestFrom(10, held), oldestFrom(30, held)]).toEqual([100, 200, Infinity])
})

const counts = { delivered: 0, filtered: 0, deadLettered: 0 }

it('puts the low water at the first open event, or else at the next one', () => {
  const open = [{ ranges: [[7, 8] as const] }, { ranges: [[5, 6] as const] }]
  expect(lowWaterOf({ cursors: { acme: { ...counts, next: 9, open } } }, 'acme')).toBe(5)
  expect(lowWaterOf({ cursors: { acme: { ...counts, next: 9, open: [] } } }, 'acme')).toBe(9)
  expect(lowWaterOf({ cursors: {} }, 'acme')).toBe(0)
})
