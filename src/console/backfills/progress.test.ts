import { expect, it } from 'vitest'
import type { BackfillStatus } from '../../ops/backfill-status.ts'
import { addSeen, endingOf, progressOf, type Seen } from './progress.ts'

it('tells rate and remaining time over the last minute', () => {
  const seen = [look(0, 0, 0), look(10_000, 1_000, 0.1), look(20_000, 4_000, 0.2)].reduce<Seen[]>(
    (all, { at, it }) => addSeen(all, at, it),
    [],
  )
  expect(progressOf(seen)).toEqual({ rate: 200, remainingMs: 80_000 })
})

it('starts afresh when another backfill has started', () => {
  const first = addSeen([], 0, look(0, 500, 0.5).it)
  expect(addSeen(first, 1_000, look(1_000, 20, 0.9).it)).toHaveLength(1)
  expect(addSeen(first, 1_000, look(1_000, 900, 0.1).it)).toHaveLength(1)
  expect(addSeen(first, 1_000, look(1_000, 900, 0.6).it)).toHaveLength(2)
  expect(addSeen(first, 1_000, look(1_000, 20, 0.01).it)).toEqual([{ at: 1_000, events: 20, share: 0.01 }])
})

it('shows no rate after a single sample, and no end while nothing is done', () => {
  expect(progressOf([{ at: 0, events: 1, share: 0 }])).toEqual({ rate: undefined, remainingMs: undefined })
  expect(
    progressOf([
      { at: 0, events: 1, share: 0.5 },
      { at: 1_000, events: 1, share: 0.5 },
    ]),
  ).toEqual({
    rate: 0,
    remainingMs: undefined,
  })
})

it('says how it ended', () => {
  const parts = [
    { endedAt: '' },
    { endedAt: 'x' },
    { endedAt: 'x', cancelled: true },
    { endedAt: 'x', failure: 'y' },
  ]
  const all = parts.map((it) => ({ cancelled: false, failure: '', ...it }) as BackfillStatus)
  expect(all.map(endingOf)).toEqual(['under way', 'done', 'cancelled', 'failed'])
})

function look(at: number, events: number, share: number) {
  return { at, it: { events, share } as BackfillStatus }
}
