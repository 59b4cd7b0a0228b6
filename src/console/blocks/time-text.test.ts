import { expect, it } from 'vitest'
import { absoluteTime, clockText, duration, relativeTime } from './time-text.ts'

const NOW = Date.parse('2026-11-25T12:00:00Z')

it.each([
  [0, 'now'],
  [-4_000, 'now'],
  [-8_000, '8 s ago'],
  [-61_000, '1 min ago'],
  [-7_200_000, '2 h ago'],
  [-2 * 86_400_000, '2 days ago'],
  [30_000, 'in 30 s'],
])('says %i ms as %s', (offset, text) => {
  expect(relativeTime(NOW + offset, NOW)).toBe(text)
})

it('gives the full time here and in UTC', () => {
  expect(absoluteTime(new Date(NOW))).toMatch(
    /^2026-11-2\d \d\d:\d\d:\d\d [+-]\d\d:\d\d · 2026-11-25T12:00:00Z$/,
  )
})

it('names the year of a clock only where it is another', () => {
  const at = (year: number) => new Date(year, 10, 25, 4, 5, 6).getTime()
  expect(clockText(at(2026), NOW)).toBe('25 Nov 04:05:06')
  expect(clockText(at(2025), NOW)).toBe('25 Nov 2025 04:05:06')
})

it.each([
  [7, '7 s'],
  [150, '3 min'],
  [7_300, '2 h'],
  [300_000, '3 days'],
])('says %i seconds as %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text)
})
