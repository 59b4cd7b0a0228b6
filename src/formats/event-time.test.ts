import { expect, test } from 'vitest'
import { eventTime, isCalendarTime, isUnixNano, observedTime } from './event-time.ts'

const observedAt = 1_795_384_799_123

test.each([
  [1_795_384_721, '2026-11-22T21:58:41Z'],
  [0, '1970-01-01T00:00:00Z'],
  [-62_135_596_800, '0001-01-01T00:00:00Z'],
  [253_402_300_799, '9999-12-31T23:59:59Z'],
])('the second %d is written as %s', (timestamp, expected) => {
  expect(eventTime({ timestamp, observedAt })).toBe(expected)
  expect(isCalendarTime(timestamp)).toBe(true)
})

test.each([-62_135_596_801, 253_402_300_800, 1e15, 1e300, Number.NaN, 0.5])(
  'the second %d is replaced by the time of reading',
  (timestamp) => {
    expect(eventTime({ timestamp, observedAt })).toBe('2026-11-22T21:59:59.123Z')
    expect(isCalendarTime(timestamp)).toBe(false)
  },
)

test('an invalid time of reading is left out', () => {
  expect(observedTime({ timestamp: 0, observedAt: Number.NaN })).toBeUndefined()
  expect(observedTime({ timestamp: 0, observedAt: 1e300 })).toBeUndefined()
})

test.each([
  [1, true],
  [18_446_744_072, true],
  ...[18_446_744_074, 0, -1, 0.5, Number.NaN, 1e300].map((seconds): [number, boolean] => [seconds, false]),
])('nanoseconds of the second %d: %s', (seconds, expected) => {
  expect(isUnixNano(seconds)).toBe(expected)
  if (expected) expect(BigInt(`${seconds}000000000`)).toBeLessThan(2n ** 64n)
})
