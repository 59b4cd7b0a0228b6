/** Duties when several turns or processes work on the same thing. */
import { describe, expect, it } from 'vitest'
import { createBackfills } from '../../src/engine/backfills.ts'
import type { Components, EngineParts } from '../../src/engine/components.ts'
import { laneDuty, pollDuty } from '../../src/engine/duties.ts'
import type { HeldLane, SinkUnit } from '../../src/engine/sink-unit.ts'
import type { SourceUnit } from '../../src/engine/source-unit.ts'
import { planBackfill } from '../../src/poll/backfill-parts.ts'
import { freshSource } from '../../src/spool/source-state.ts'
import type { Published, Store } from '../../src/spool/store.ts'
import { sinkConfig } from './sample-config.ts'

it('ends with the hold that another turn gives back, whatever has come since', async () => {
  const { unit, gives, drained } = sharedUnit()
  const duty = laneDuty(parts, components)(unit)
  const { signal } = new AbortController()
  const turns = [duty.deliver(signal), duty.deliver(signal)]
  drained.push(true, false)
  await Promise.all(turns)
  expect(gives()).toBe(1)
})

it('holds a lane that is empty until what was due at the sink is done', async () => {
  const { unit, gives, drained, tended } = sharedUnit()
  drained.push(true, true, true)
  tended.push(false, false)
  await laneDuty(parts, components)(unit).deliver(new AbortController().signal)
  expect([gives(), drained.length, tended.length]).toEqual([1, 0, 0])
})

describe('a poll that another process was told to put off', () => {
  const MINUTE = 60_000
  /** The wait, and how often it polled. Another process put the poll off, at minute 1,000 of its own clock. */
  async function turnAt(clock: number, retryAt: number) {
    const now = 1_000 * MINUTE
    let polls = 0
    const loop = {
      health: () => ({ state: 'idle', reason: '' }),
      nextPoll: () => undefined,
      turn: async () => {
        polls++
        return MINUTE
      },
    }
    const store = {
      publish: async () => {},
      published: async () => ({ state: 'throttled', reason: '', toldAt: now, retryAt }),
    }
    const engine = { store, now: () => clock } as unknown as EngineParts
    const unpaused = { pauses: { reason: () => undefined } } as unknown as Components
    const backfills = { waitsFor: () => '' }
    const unit = { config: { id: 'acme', pollEveryMs: MINUTE }, loop, backfills } as unknown as SourceUnit
    const wait = await pollDuty(engine, unpaused)(unit).turn(new AbortController().signal)
    return { wait, polls }
  }

  it('waits until then, also where clocks differ a little', async () => {
    const until = 1_010 * MINUTE
    expect(await turnAt(1_001 * MINUTE, until)).toEqual({ wait: 9 * MINUTE, polls: 0 })
    expect(await turnAt(999.5 * MINUTE, until)).toEqual({ wait: 10.5 * MINUTE, polls: 0 })
    expect(await turnAt(until, until)).toEqual({ wait: MINUTE, polls: 1 })
  })

  it('does not wait for a time that a clock told which has been set back since', async () => {
    expect(await turnAt(700 * MINUTE, 1_010 * MINUTE)).toEqual({ wait: MINUTE, polls: 1 })
  })
})

it('tells the other processes what a backfill waits for', async () => {
  const told: Published[] = []
  const store = {
    publish: async (_: string, it: Published) => void told.push(it),
    published: async () => told.at(-1),
    loadSource: async () => ({ ...freshSource, backfill: planBackfill({ from: 0, to: 60, parallel: 1 }, 0) }),
  } as unknown as Store
  const loop = { health: () => ({ state: 'ok', reason: '' }), nextPoll: () => undefined, turn: async () => 0 }
  const unitWaitingFor = (what: string) => {
    const backfills = { waitsFor: () => what, counted: () => [] }
    return { config: { id: 'acme', pollEveryMs: 0 }, loop, backfills } as unknown as SourceUnit
  }
  const unpaused = { pauses: { reason: () => undefined } } as unknown as Components
  const duty = pollDuty({ store, now: () => 0 } as unknown as EngineParts, unpaused)
  await duty(unitWaitingFor('the request budget')).turn(new AbortController().signal)

  const { signal } = new AbortController()
  const sources = [unitWaitingFor('')]
  const pollToEnd = async () => undefined
  const elsewhere = (now: number) =>
    createBackfills({ sources, sinks: {}, store, signal, now: () => now, pollToEnd }).status()
  expect(await elsewhere(5_000)).toMatchObject([{ source: 'acme', waitsFor: 'the request budget' }])
  // The process that said it has died.
  expect(await elsewhere(61_000)).toMatchObject([{ waitsFor: '' }])
})

it('misses a poll that is a minute and an interval late, but none that is under way', async () => {
  const MINUTE = 60_000
  const isOverdue = (published: object | undefined) => {
    const engine = { store: { published: async () => published }, now: () => 10 * MINUTE }
    const unit = { config: { id: 'acme', pollEveryMs: 2 * MINUTE } }
    const duty = pollDuty(engine as unknown as EngineParts, components)(unit as unknown as SourceUnit)
    return duty.isOverdue()
  }
  expect(await isOverdue({ nextPoll: 7 * MINUTE })).toBe(false)
  expect(await isOverdue({ nextPoll: 7 * MINUTE - 1 })).toBe(true)
  expect(await isOverdue({ state: 'catching_up' })).toBe(false)
  expect(await isOverdue(undefined)).toBe(false)
})

const parts = {
  store: { publish: async () => {}, trouble: () => undefined },
} as unknown as EngineParts
const components = { pipeline: { refreshLog: async () => {} } } as unknown as Components

/**
 * Returns the values of `isDrained` call by call, and then false: events have come that nobody takes up. Those of
 * `tended` likewise, and then true.
 */
function sharedUnit() {
  const drained: boolean[] = []
  const tended: boolean[] = []
  let gives = 0
  const lane = {
    run: async () => {},
    wake: () => {},
    wakeForLetters: () => {},
    isDrained: () => drained.shift() ?? false,
  }
  const claim = { signal: new AbortController().signal }
  let held = { lane, claim, hasTended: () => tended.shift() ?? true } as unknown as HeldLane | undefined
  const unit = {
    config: sinkConfig(),
    held: () => held,
    hold: async () => held,
    async give() {
      gives++
      held = undefined
    },
  } as unknown as SinkUnit
  return { unit, drained, tended, gives: () => gives }
}
