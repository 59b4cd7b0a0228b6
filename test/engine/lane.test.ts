/** A lane from its cursor to its sink: nothing lost, everything counted, whatever happens on the way. */
import { describe, expect, it } from 'vitest'
import type { SinkConfig } from '../../src/config/config.ts'
import { MOST_UNPACKED } from '../../src/deliver/unpacked.ts'
import { native } from '../../src/formats/native.ts'
import { delivered, every, type Outcome } from '../../src/outcome.ts'
import type { Cursor } from '../../src/spool/lane-state.ts'
import { freshSource } from '../../src/spool/source-state.ts'
import type { Store } from '../../src/spool/store.ts'
import { auditEvents } from '../conformance/batches.ts'
import { append } from '../conformance/store-samples.ts'
import { all, hang, openLane, openStore, scriptedSink, waitFor } from './lane-rig.ts'
import { spool } from './spooled-events.ts'

const events = auditEvents(100)
const uids = events.map(({ uid }) => uid)
const FROM_START = { start: 'beginning' } as const
const REJECTED: Outcome = { kind: 'rejected', reason: 'HTTP 400', answer: 'bad' }

async function cursorOf(store: Store, sink = 'soc'): Promise<Cursor> {
  const cursor = (await store.loadLane(sink))?.cursors.acme
  if (cursor === undefined) throw new Error('no cursor is stored')
  return cursor
}

/** Totals of the sink's ledger. */
async function ledgerOf(store: Store, sink = 'soc') {
  const sum = { delivered: 0, filtered: 0, deadLettered: 0 }
  for (const minute of await store.sinkLedger(sink, 'acme', 0, Number.MAX_SAFE_INTEGER)) {
    sum.delivered += minute.delivered
    sum.filtered += minute.filtered
    sum.deadLettered += minute.deadLettered
  }
  return sum
}

const counts = ({ delivered, filtered, deadLettered }: Cursor) => ({ delivered, filtered, deadLettered })

describe('delivery', () => {
  it('brings every event once, in order, in batches of its own size', async () => {
    const [store, sink] = [openStore(), scriptedSink()]
    await spool(store, events.slice(0, 33))
    await spool(store, events.slice(33))
    const { deliver } = await openLane(store, sink, FROM_START)
    await deliver()
    expect(sink.taken).toEqual(uids)
    expect(sink.writes.map((write) => write.length)).toEqual(Array(10).fill(10))
    expect(await cursorOf(store)).toEqual({
      next: 100,
      open: [],
      delivered: 100,
      filtered: 0,
      deadLettered: 0,
    })
    expect(await ledgerOf(store)).toEqual({ delivered: 100, filtered: 0, deadLettered: 0 })
  })

  it('hands on the stored line as it is', async () => {
    const [store, sink] = [openStore(), scriptedSink()]
    await spool(store, events.slice(0, 3))
    sink.answers.push((batch) => {
      const lines = events.slice(0, 3).map(native.encode)
      expect(batch.events.map(({ payload }) => Buffer.from(payload).toString())).toEqual(lines)
      expect(batch.events.map(({ event }) => event)).toEqual(lines.map((line) => JSON.parse(line)))
      return every(3, delivered)
    })
    const { deliver } = await openLane(store, sink, FROM_START)
    await deliver()
    expect(sink.taken).toHaveLength(3)
  })

  it('goes on where it was after a restart', async () => {
    const [store, sink] = [openStore(), scriptedSink()]
    await spool(store, events.slice(0, 30))
    const first = await openLane(store, sink, FROM_START)
    await first.deliver()
    await first.stop()
    await spool(store, events.slice(30))
    await (await openLane(store, sink, FROM_START)).deliver()
    expect(sink.taken).toEqual(uids)
  })

  it('keeps up to `in_flight` batches under way', async () => {
    const [store, sink] = [openStore(), scriptedSink()]
    await spool(store, events)
    let now = 0
    let most = 0
    sink.always(async (batch) => {
      most = Math.max(most, ++now)
      await new Promise((resolve) => setTimeout(resolve, 2))
      now--
      return every(batch.events.length, delivered)
    })
    const { deliver } = await openLane(store, sink, { ...FROM_START, inFlight: 3 })
    await deliver()
    expect(most).toBe(3)
    expect([...sink.taken].sort()).toEqual([...uids].sort())
  })

  it('probes a sink in trouble with one batch, not with its backlog', async () => {
    const [store, sink] = [openStore(), scriptedSink()]
    await spool(store, events.slice(0, 10))
    sink.always(all({ kind: 'retry', reason: 'HTTP 503' }))
    const lane = await openLane(store, sink, { ...FROM_START, inFlight: 4, retry: { maxBackoffMs: 1 } })
    const first = lane.deliver()
    await waitFor(() => sink.writes.length > 3)
    await spool(store, events.slice(10))
    const everything = lane.deliver()
    await waitFor(() => sink.writes.length > 20)
    expect(lane.gate.trouble()?.reason).toBe('HTTP 503')
    expect(new Set(sink.writes.map(([uid]) => uid)).size).toBe(1)
    sink.always((batch) => every(batch.events.length, delivered))
    await Promise.all([first, everything])
    expect([...sink.taken].sort()).toEqual([...uids].sort())
    expect((await store.loadLane('soc'))?.lastError).toBe('HTTP 503')
  })
})

describe('every event is counted once', () => {
  it('as delivered, filtered or dead-lettered', async () => {
    const [store, sink] = [openStore(), scriptedSink()]
    await spool(store, events)
    sink.always((batch) =>
      batch.events.map(({ event }) => (event.actor.login === 'dana' ? delivered : REJECTED)),
    )
    const where = 'actor.login != "omar"'
    const { deliver } = await openLane(store, sink, { ...FROM_START, where })
    await deliver()
    const of = (login: string) => events.filter(({ actor }) => actor.login === login).length
    const expected = { delivered: of('dana'), filtered: of('omar'), deadLettered: of('ci-bot') }
    expect(counts(await cursorOf(store))).toEqual(expected)
    expect(await ledgerOf(store)).toEqual(expected)
    expect(of('dana') + of('omar') + of('ci-bot')).toBe(100)
    expect(await store.countDeadLetters('soc', 'parked')).toBe(of('ci-bot'))
    expect((await store.deadLetters({ limit: 1 }))[0]).toMatchObject({
      reason: 'HTTP 400',
      answer: 'bad',
      attempts: 1,
    })
  })

  it('also when the rules change while batches are under way', async () => {
    const [store, sink] = [openStore(), scriptedSink()]
    await spool(store, events)
    sink.always(hang)
    const first = await openLane(store, sink, { ...FROM_START, inFlight: 3, where: 'actor.login != "omar"' })
    void first.deliver()
    await waitFor(() => sink.writes.length === 3)
    const halfway = await cursorOf(store)
    expect(halfway.filtered).toBeGreaterThan(0)

    sink.always((batch) => every(batch.events.length, delivered))
    const second = await openLane(store, sink, { where: 'actor.login != "dana"' })
    await second.deliver()
    const { next, open, delivered: taken, filtered } = await cursorOf(store)
    expect([next, open, taken + filtered]).toEqual([100, [], 100])
    expect(await ledgerOf(store)).toEqual({ delivered: taken, filtered, deadLettered: 0 })
    expect(new Set(sink.taken).size).toBe(taken)
  })

  it('as a dead letter when a rule cannot be computed', async () => {
    const [store, sink] = [openStore(), scriptedSink()]
    await spool(store, events.slice(0, 8))
    const { deliver } = await openLane(store, sink, { ...FROM_START, where: 'token.name == "ci-deploy"' })
    await deliver()
    const { delivered: taken, filtered, deadLettered, open } = await cursorOf(store)
    expect([taken + filtered + deadLettered, open]).toEqual([8, []])
    expect(await store.countDeadLetters('soc', 'parked')).toBe(deadLettered)
  })
})

describe('a crash', () => {
  it('repeats exactly the batches that were under way, with the same events', async () => {
    const [store, sink] = [openStore(), scriptedSink()]
    await spool(store, events)
    sink.always(hang)
    const dead = await openLane(store, sink, { ...FROM_START, inFlight: 2 })
    void dead.deliver()
    await waitFor(() => sink.writes.length === 2)
    expect((await cursorOf(store)).open).toEqual([{ ranges: [[0, 10]] }, { ranges: [[10, 20]] }])

    const next = scriptedSink()
    // Other limits don't affect a batch that already has its ids.
    const batch = { maxEvents: 3, maxBytes: 1, maxAgeMs: 0 }
    await (await openLane(store, next, { batch })).deliver()
    expect(next.writes.slice(0, 2)).toEqual([uids.slice(0, 10), uids.slice(10, 20)])
    expect(next.taken).toEqual(uids)
    expect(counts(await cursorOf(store))).toEqual({ delivered: 100, filtered: 0, deadLettered: 0 })
  })

  it('repeats only what was not settled of a batch', async () => {
    const [store, sink] = [openStore(), scriptedSink()]
    await spool(store, events.slice(0, 10))
    sink.answers.push(
      (batch) =>
        batch.events.map((_, at): Outcome => (at % 2 === 0 ? delivered : { kind: 'retry', reason: 'busy' })),
      hang,
    )
    const dead = await openLane(store, sink, FROM_START)
    void dead.deliver()
    await waitFor(() => sink.writes.length === 2)
    const next = scriptedSink()
    await (await openLane(store, next)).deliver()
    expect(next.writes).toEqual([[1, 3, 5, 7, 9].map((at) => uids[at])])
    expect(await cursorOf(store)).toMatchObject({ delivered: 10, open: [] })
  })

  it('stores the extent before the first byte is written', async () => {
    const [store, sink] = [openStore(), scriptedSink()]
    await spool(store, events.slice(0, 10))
    let stored: Cursor | undefined
    sink.answers.push(async (batch) => {
      stored = await cursorOf(store)
      return every(batch.events.length, delivered)
    })
    const { deliver } = await openLane(store, sink, FROM_START)
    await deliver()
    expect(stored).toMatchObject({ next: 10, open: [{ ranges: [[0, 10]] }], delivered: 0 })
  })
})

describe('while as many batches as may be are under way', () => {
  async function hanging(changes: Partial<SinkConfig>) {
    const [store, sink] = [openStore(), scriptedSink()]
    sink.always(hang)
    await spool(store, events)
    const { lane } = await openLane(store, sink, { ...FROM_START, ...changes })
    void lane.run()
    await waitFor(() => sink.writes.length === (changes.inFlight ?? 1))
    return { store, sink, lane }
  }

  /** Waits until a lane that started later had the chance to form its next batch; then the earlier one had it, too. */
  async function anotherForms(store: Store) {
    const sink = scriptedSink()
    sink.always(hang)
    const { lane } = await openLane(store, sink, { ...FROM_START, id: 'another' })
    void lane.run()
    await waitFor(() => lane.taken('acme') === 20)
  }

  it('forms the next one, which is neither written nor taken from the log', async () => {
    const { store, sink, lane } = await hanging({})
    await waitFor(() => lane.taken('acme') === 20)
    lane.abort()
    await lane.stop()
    expect(sink.writes).toEqual([uids.slice(0, 10)])
    expect(await cursorOf(store)).toMatchObject({ next: 10, open: [{ ranges: [[0, 10]] }] })
  })

  it('forms none that would have to be packed until it is written', async () => {
    const { store, lane } = await hanging({
      inFlight: 2,
      batch: { maxEvents: 10, maxBytes: MOST_UNPACKED / 2, maxAgeMs: 0 },
    })
    await anotherForms(store)
    expect(lane.taken('acme')).toBe(20)
  })

  it('forms none while the sink is in trouble', async () => {
    const [store, sink] = [openStore(), scriptedSink()]
    sink.always(all({ kind: 'retry', reason: 'down' }))
    await spool(store, events)
    const { lane, gate } = await openLane(store, sink, FROM_START)
    gate.fail({ kind: 'retry', reason: 'down', afterMs: 60_000 })
    void lane.run()
    await waitFor(() => lane.taken('acme') === 10)
    await anotherForms(store)
    expect(lane.taken('acme')).toBe(10)
  })
})

describe('a graceful stop', () => {
  it('lets what is under way come to its end', async () => {
    const [store, sink] = [openStore(), scriptedSink()]
    await spool(store, events)
    let finish = () => {}
    sink.answers.push(async (batch) => {
      await new Promise<void>((resolve) => {
        finish = resolve
      })
      return every(batch.events.length, delivered)
    })
    const { lane, deliver } = await openLane(store, sink, FROM_START)
    void deliver()
    await waitFor(() => sink.writes.length === 1)
    const stopped = lane.stop()
    finish()
    await stopped
    expect(sink.taken).toEqual(uids.slice(0, 10))
    expect(await cursorOf(store)).toMatchObject({ next: 10, open: [], delivered: 10 })
  })

  it('gives back what the abort broke off', async () => {
    const [store, sink] = [openStore(), scriptedSink()]
    await spool(store, events.slice(0, 10))
    sink.answers.push(hang)
    const { lane, deliver } = await openLane(store, sink, FROM_START)
    void deliver()
    await waitFor(() => sink.writes.length === 1)
    lane.abort()
    await lane.stop()
    expect(await cursorOf(store)).toMatchObject({ open: [{ ranges: [[0, 10]] }], delivered: 0 })
    await (await openLane(store, sink)).deliver()
    expect(sink.taken).toEqual(uids.slice(0, 10))
  })
})

describe('the oldest event that waits', () => {
  const [older, newer] = [events.slice(0, 50), events.slice(50)]
  const oldest = events[0]?.timestamp ?? Number.NaN

  /** In the order in which a walk spools: the newest page first. */
  async function walked(store: Store): Promise<void> {
    await spool(store, newer)
    await spool(store, older)
    const held = [newer, older].map((page, at) => ({
      end: 50 * (at + 1),
      oldest: page[0]?.timestamp ?? Number.NaN,
    }))
    await store.append(append({ state: { ...freshSource, held } }))
  }

  async function hanging(changes: Partial<SinkConfig>) {
    const [store, sink] = [openStore(), scriptedSink()]
    sink.always(hang)
    await walked(store)
    const { lane } = await openLane(store, sink, { ...FROM_START, ...changes })
    void lane.run()
    lane.flush()
    await waitFor(() => sink.writes.length === (changes.inFlight ?? 1))
    return { store, sink, lane }
  }

  it('is the oldest of a batch over several pages, whatever its place', async () => {
    const { lane } = await hanging({ batch: { maxEvents: 100, maxBytes: 1_000_000, maxAgeMs: 0 } })
    expect(await lane.oldestWaiting()).toBe(oldest)
  })

  it('may stand behind all batches under way', async () => {
    const { lane } = await hanging({ inFlight: 2 })
    expect(await lane.oldestWaiting()).toBe(oldest)
  })

  it('may be in a batch that a former process left open and nobody has taken up again', async () => {
    const { store, sink } = await hanging({ inFlight: 10 })
    const { lane } = await openLane(store, sink, { ...FROM_START, inFlight: 1 })
    expect(await lane.oldestWaiting()).toBe(oldest)
  })

  it('is none when all is settled', async () => {
    const [store, sink] = [openStore(), scriptedSink()]
    await walked(store)
    const { lane, deliver } = await openLane(store, sink, FROM_START)
    await deliver()
    expect(await lane.oldestWaiting()).toBeUndefined()
  })
})
