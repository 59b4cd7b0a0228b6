import { expect, it } from 'vitest'
import { createPatience, pollToEnd } from '../../src/engine/single-pass.ts'
import type { SourceUnit } from '../../src/engine/source-unit.ts'
import type { SourceHealth } from '../../src/poll/poll-loop.ts'
import { freshSource } from '../../src/spool/source-state.ts'
import { sourceConfig } from './sample-config.ts'

const LIMITS = { oneWaitMs: 10_000, allWaitsMs: 30_000 }

it('is over at a wait that is too long', () => {
  expect(createPatience(LIMITS).isOver(10_000, false)).toBe(false)
  expect(createPatience(LIMITS).isOver(10_001, false)).toBe(true)
})

it('is over when short waits never end', () => {
  const patience = createPatience(LIMITS)
  const over = Array.from({ length: 7 }, () => patience.isOver(5_000, false))
  expect(over).toEqual([false, false, false, false, false, false, true])
})

it('is not while something comes in between', () => {
  const patience = createPatience(LIMITS)
  for (let turn = 0; turn < 50; turn++) expect(patience.isOver(5_000, turn % 4 === 0)).toBe(false)
})

it.each<SourceHealth>([
  { state: 'idle', reason: 'not polled yet' },
  { state: 'catching_up', reason: '' },
])('says who has a source that could not be polled here: $state', async (health) => {
  const loop = { turn: async () => 60_000, health: () => health, waitsForSinks: () => false }
  const poller = { state: () => freshSource }
  const unit = { config: sourceConfig(), loop, poller } as unknown as SourceUnit
  expect(await pollToEnd(unit, () => [], new AbortController().signal)).toBe(
    'source acme: another process is polling it, or walks a backfill of it',
  )
})
