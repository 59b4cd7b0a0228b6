import { expect, it } from 'vitest'
import { clockOffset } from './clock-offset.ts'

const TOLD = 'Fri, 27 Nov 2026 12:00:00 GMT'
const NOON = Date.parse(TOLD)

it.each([
  ['right', NOON, NOON + 900, 0],
  ['a little ahead', NOON + 50_000, NOON + 50_100, 0],
  ['right, of an answer that took two minutes', NOON - 60_000, NOON + 60_000, 0],
  ['three hours ahead', NOON + 3 * 3_600_000, NOON + 3 * 3_600_000 + 400, 3 * 3_600_000 - 1_000],
  ['a day behind', NOON - 86_400_000, NOON - 86_399_000, -86_399_000],
])('notices a clock that is %s', (_, askedAt, answeredAt, expected) => {
  expect(clockOffset(TOLD, askedAt, answeredAt)).toBe(expected)
})

it('keeps the known offset if no other time is given', () => {
  expect([clockOffset(null, 0, 1), clockOffset('soon', 0, 1, 90_000)]).toEqual([0, 90_000])
  expect(clockOffset(TOLD, NOON + 80_000, NOON + 81_000, 90_000)).toBe(90_000)
  expect(clockOffset(TOLD, NOON, NOON + 1_000, 90_000)).toBe(0)
})
