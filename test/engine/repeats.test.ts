/** `dedupe_window` in a lane that dies and comes back: an event is only left out if one like it is sent. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { AuditEvent } from '../../src/event.ts'
import { native } from '../../src/formats/native.ts'
import { auditEvents } from '../conformance/batches.ts'
import { hang, openLane, openStore, scriptedSink, waitFor } from './lane-rig.ts'
import { spool } from './spooled-events.ts'

const [sample] = auditEvents(1) as [AuditEvent]
const WINDOW_S = 60
const RULES = { start: 'beginning', dedupeWindowMs: WINDOW_S * 1_000 } as const

const saying = (description: string, timestamp: number, number: number): AuditEvent => ({
  ...sample,
  uid: number.toString(16).padStart(64, '0'),
  description,
  timestamp: sample.timestamp + timestamp,
})
const uidsOf = (events: readonly AuditEvent[]) => events.map(({ uid }) => uid)

it('leaves repeats out and counts them', async () => {
  const [store, sink] = [openStore(), scriptedSink()]
  const events = [0, 10, 59, 60, 70].map((second, at) => saying('a', second, at))
  await spool(store, events)
  await (await openLane(store, sink, RULES)).deliver()
  expect(sink.taken).toEqual([events[0]?.uid, events[3]?.uid])
  expect((await store.loadLane('soc'))?.cursors.acme).toMatchObject({ next: 5, delivered: 2, filtered: 3 })
})

it('does not take an event for a repeat of itself when the batch had no room for it', async () => {
  const [store, sink] = [openStore(), scriptedSink()]
  const events = ['a', 'b', 'c'].map((text, at) => saying(text, at, at))
  await spool(store, events)
  const maxBytes = Buffer.byteLength(native.encode(sample)) + 10
  const batch = { maxEvents: 10, maxBytes, maxAgeMs: 0 }
  await (await openLane(store, sink, { ...RULES, batch })).deliver()
  expect(sink.writes).toEqual(uidsOf(events).map((uid) => [uid]))
})

it('writes what a crash left open of a batch again, whole, and goes on from it', async () => {
  const [store, sink] = [openStore(), scriptedSink()]
  // The third event is late and doesn't repeat the one just before it; if it were judged again, it would repeat the
  // first.
  const events = [saying('a', 30, 0), saying('a', 100, 1), saying('a', 40, 2), saying('a', 41, 3)]
  await spool(store, events.slice(0, 3))
  const retry = { kind: 'retry', reason: 'busy' } as const
  sink.answers.push(() => [retry, { kind: 'delivered' }, retry], hang)
  const first = await openLane(store, sink, RULES)
  void first.deliver()
  await waitFor(() => sink.writes.length === 2)
  await first.stop()
  await spool(store, events.slice(3))
  await (await openLane(store, sink, RULES)).deliver()
  const left = [events[0]?.uid, events[2]?.uid]
  expect(sink.writes).toEqual([uidsOf(events.slice(0, 3)), left, left])
  expect((await store.loadLane('soc'))?.cursors.acme).toMatchObject({ delivered: 3, filtered: 1 })
})

it('whatever happens, an event is sent or repeats one that was', async () => {
  const log = fc.array(
    fc.record({ text: fc.constantFrom('a', 'b'), second: fc.integer({ min: 0, max: 200 }) }),
    {
      minLength: 1,
      maxLength: 30,
    },
  )
  const deaths = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 3 })
  await fc.assert(
    fc.asyncProperty(log, deaths, async (said, diesAtWrites) => {
      const [store, sink] = [openStore(), scriptedSink()]
      const events = said.map(({ text, second }, at) => saying(text, second, at))
      await spool(store, events)
      const changes = { ...RULES, inFlight: 2, batch: { maxEvents: 3, maxBytes: 1_000_000, maxAgeMs: 0 } }
      for (const writes of diesAtWrites) {
        const before = sink.writes.length
        const lane = await openLane(store, sink, changes)
        sink.always((batch, signal) =>
          sink.writes.length - before < writes
            ? batch.events.map(() => ({ kind: 'delivered' }))
            : hang(batch, signal),
        )
        void lane.deliver()
        await waitFor(() => sink.writes.length - before >= writes || lane.lane.isDrained())
        await lane.stop()
      }
      sink.always(({ events: all }) => all.map(() => ({ kind: 'delivered' })))
      await (await openLane(store, sink, changes)).deliver()
      const taken = new Set(sink.taken)
      const isRepeat = (it: AuditEvent) =>
        events.some(
          (other) =>
            taken.has(other.uid) &&
            other.description === it.description &&
            other.timestamp <= it.timestamp &&
            it.timestamp - other.timestamp < WINDOW_S,
        )
      for (const event of events) expect(taken.has(event.uid) || isRepeat(event)).toBe(true)
    }),
    { numRuns: 40 },
  )
})
