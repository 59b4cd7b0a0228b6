import fc from 'fast-check'
import { expect, it } from 'vitest'
import { steadyClock } from './steady.ts'

it('continues from where it was when the clock is set back, and then follows it forwards', () => {
  const clock = { ms: 1_000_000 }
  const steady = steadyClock(() => clock.ms)
  clock.ms += 500
  expect(steady()).toBe(1_000_500)
  clock.ms -= 3_600_000
  expect(steady()).toBe(1_000_500)
  clock.ms += 200
  expect(steady()).toBe(1_000_700)
  clock.ms += 7_200_000
  expect(steady()).toBe(8_200_700)
})

it('never goes back, and skips no time that passes', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -1_000_000, max: 1_000_000 })), (steps) => {
      const clock = { ms: 0 }
      const steady = steadyClock(() => clock.ms)
      let before = steady()
      for (const step of steps) {
        clock.ms += step
        const at = steady()
        expect(at - before).toBe(Math.max(0, step))
        before = at
      }
    }),
  )
})
