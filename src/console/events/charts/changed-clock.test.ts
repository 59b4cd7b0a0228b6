import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { spanText } from './span-text.ts'
import { timeTicks } from './time-ticks.ts'

// This file has a process of its own (vitest.config.ts), in which a change of the time zone takes effect.
beforeAll(() => void vi.stubEnv('TZ', 'Europe/Berlin'))
afterAll(() => void vi.unstubAllEnvs())

const second = (text: string) => Date.parse(text) / 1000

it.each([
  ['2026-10-24T00:00:00+02:00', '2026-10-28T00:00:00+01:00', 5, ['24 Oct', '25 Oct', '26 Oct', '27 Oct']],
  ['2026-03-28T00:00:00+01:00', '2026-04-01T00:00:00+02:00', 5, ['28 Mar', '29 Mar', '30 Mar', '31 Mar']],
  ['2026-10-25T00:00:00+02:00', '2026-10-26T00:00:00+01:00', 5, ['25 Oct', '06:00', '12:00', '18:00']],
  ['2026-10-25T12:00:00+01:00', '2026-10-25T13:00:00+01:00', 4, ['12:00', '12:30']],
  [
    '2026-03-29T00:00:00+01:00',
    '2026-03-29T06:00:00+02:00',
    5,
    ['29 Mar', '01:00', '03:00', '04:00', '05:00'],
  ],
  ['2026-03-29T01:30:00+01:00', '2026-03-29T04:00:00+02:00', 4, ['01:30', '03:00', '03:30']],
  ['2026-03-29T12:00:00+02:00', '2026-03-29T13:00:00+02:00', 4, ['12:00', '12:30']],
])('names round times when the clock is set between %s and %s', (from, to, most, texts) => {
  const ticks = timeTicks(second(from), second(to), most)
  expect(ticks.map(({ text }) => text)).toEqual(texts)
  for (const { at } of ticks) expect(new Date(at * 1000).getMinutes() % 30).toBe(0)
})

it.each([
  ['2026-10-25T02:55:00+02:00', '2026-10-25T02:05:00+01:00', '25 Oct 02:55 +02:00 – 02:05 +01:00'],
  ['2026-10-25T02:00:00+01:00', '2026-10-25T02:05:00+01:00', '25 Oct 02:00 – 02:05 +01:00'],
])('distinguishes the two identical hours between %s and %s', (from, to, text) => {
  expect(spanText(second(from), second(to))).toBe(text)
})
