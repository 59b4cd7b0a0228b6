import { expect, it } from 'vitest'
import { createBudget } from './budget.ts'

const HALF_MS = 30_000

it('keeps half of what a worker stored whose clock is minutes ahead, so that retrospection need not wait', () => {
  const at = Date.parse('2026-11-26T12:00:00Z')
  const budget = createBudget({ requestsPerMinute: 30, patienceMs: 0, now: () => at })
  budget.resume(at + 4 * 60_000)
  expect(budget.fullAt() - at).toBe(HALF_MS)
  // A value an hour ahead means nothing more.
  budget.resume(at + 60 * 60_000)
  expect(budget.fullAt() - at).toBe(HALF_MS)
})

it('continues with what another worker with the same time has used up', () => {
  const at = Date.parse('2026-11-26T12:00:00Z')
  const budget = createBudget({ requestsPerMinute: 30, patienceMs: 0, now: () => at })
  budget.resume(at + 59_000)
  expect(budget.fullAt() - at).toBe(59_000)
})
