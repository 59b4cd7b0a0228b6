/** `requests_per_minute` as a token bucket: a minute's worth at once, then one at a time. */
import { expect, it } from 'vitest'
import { type BudgetOptions, createBudget } from '../../src/poll/budget.ts'
import { PATIENCE_MS } from '../patience.ts'

const { signal } = new AbortController()

function openBudget(options: Partial<BudgetOptions> = {}) {
  const clock = { ms: 1_000_000 }
  const budget = createBudget({ requestsPerMinute: 30, patienceMs: 0, now: () => clock.ms, ...options })
  const takeMany = async (count: number) => {
    for (let taken = 0; taken < count; taken++) await budget.take(signal)
  }
  return { budget, clock, takeMany }
}

const USED_UP = expect.objectContaining({ fault: 'transient', afterMs: 2_000 })

it('lets a minute of requests through at once, and says how long the next must wait', async () => {
  const { budget, takeMany } = openBudget()
  await takeMany(30)
  await expect(budget.take(signal)).rejects.toThrow('(requests_per_minute: 30) is used up')
  await expect(budget.take(signal)).rejects.toEqual(USED_UP)
})

it('lets one more through for each part of a minute, and never more than a minute of them', async () => {
  const { budget, clock, takeMany } = openBudget()
  await takeMany(30)
  clock.ms += 2_000
  await takeMany(1)
  await expect(budget.take(signal)).rejects.toEqual(USED_UP)
  clock.ms += 3_600_000
  await takeMany(30)
  await expect(budget.take(signal)).rejects.toEqual(USED_UP)
})

it('waits its turn when it has the patience', async () => {
  const { budget, takeMany } = openBudget({ requestsPerMinute: 6_000, patienceMs: 60_000, now: Date.now })
  const startedAt = performance.now()
  await takeMany(6_000)
  for (let more = 0; more < 5; more++) await budget.take(signal)
  // Ten milliseconds each; timers may fire a little early.
  expect(performance.now() - startedAt).toBeGreaterThan(30)
})

it('stops waiting when told to', async () => {
  const { budget, takeMany } = openBudget({ requestsPerMinute: 1, patienceMs: 60_000 })
  await takeMany(1)
  const aborted = new AbortController()
  const waiting = budget.take(aborted.signal)
  aborted.abort()
  await expect(waiting).rejects.toThrow(/abort/i)
  await expect(openBudget().budget.take(aborted.signal)).rejects.toThrow(/abort/i)
})

it('goes on when the clock is set back', async () => {
  const { budget, clock, takeMany } = openBudget()
  await takeMany(29)
  clock.ms -= 3_600_000
  await takeMany(1)
  await expect(budget.take(signal)).rejects.toEqual(USED_UP)
})

it('is full within a minute by the clock as it is, also when that was set back', async () => {
  const { budget, clock, takeMany } = openBudget()
  await takeMany(30)
  clock.ms -= 3_600_000
  expect(budget.fullAt()).toBe(clock.ms + 60_000)
})

it('lets patient requests take only what live ones leave', async () => {
  const { budget, clock } = openBudget()
  const patient: number[] = []
  const stop = new AbortController()
  const take = async () => {
    await budget.take(stop.signal, 'patient')
    patient.push(clock.ms)
  }
  const waiting = Promise.allSettled(Array.from({ length: 40 }, take))
  await expect.poll(() => patient.length).toBe(25)
  for (let live = 0; live < 5; live++) await budget.take(signal)
  await expect(budget.take(signal)).rejects.toEqual(USED_UP)
  stop.abort()
  await waiting
  expect(patient).toHaveLength(25)
})

it('leaves something to patient requests however small it is', async () => {
  const { budget } = openBudget({ requestsPerMinute: 2 })
  await expect(budget.take(AbortSignal.timeout(PATIENCE_MS), 'patient')).resolves.toBeUndefined()
})
