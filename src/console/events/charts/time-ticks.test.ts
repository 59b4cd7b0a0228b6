import { expect, it } from 'vitest'
import { timeTicks } from './time-ticks.ts'

const MORNING = new Date(2026, 10, 25, 22, 50, 0).getTime() / 1000

it.each([
  [20, 4, ['22:50:00', '22:50:05', '22:50:10', '22:50:15']],
  [7_200, 4, ['23:00', '23:30', '26 Nov', '00:30']],
  [86_400, 4, ['26 Nov', '06:00', '12:00', '18:00']],
  [3 * 86_400, 4, ['26 Nov', '27 Nov', '28 Nov']],
])('divides %i seconds into at most %i round times', (seconds, most, texts) => {
  const ticks = timeTicks(MORNING, MORNING + seconds, most)
  expect(ticks.map(({ text }) => text)).toEqual(texts)
  for (const { at } of ticks) expect(at).toBeGreaterThanOrEqual(MORNING)
})

it('has few ticks for centuries, and none for nothing', () => {
  expect(timeTicks(0, 6_000_000_000, 5).length).toBeLessThanOrEqual(6)
  expect(timeTicks(100, 100, 5)).toEqual([])
})
