/** What can be concluded about one event at a sink, and what can't. */
import { expect, it, onTestFinished } from 'vitest'
import type { SinkConfig } from '../../src/config/config.ts'
import { letterId } from '../../src/deliver/dead-letters.ts'
import { deliveriesOf, type FindArchived } from '../../src/engine/deliveries.ts'
import type { AuditEvent } from '../../src/event.ts'
import { createPacker } from '../../src/spool/codec.ts'
import { type Cursor, freshCursor } from '../../src/spool/lane-state.ts'
import { freshSource } from '../../src/spool/source-state.ts'
import { openSqliteStore } from '../../src/spool/sqlite/store.ts'
import { auditEvents } from '../conformance/batches.ts'
import { append, deadLetter, entry, minute, settlement, sinkMinute } from '../conformance/store-samples.ts'
import { sinkConfig, sourceConfig, wholeConfig } from './sample-config.ts'
import { writeNativeLine } from './spooled-events.ts'
import { tempFolder } from './temp-folder.ts'

const [event, other] = auditEvents(2).map((it) => ({ ...it, source: 'acme', timestamp: 1_795_384_800 }))
const at = Math.floor((event?.timestamp ?? 0) / 60)

/** The minute has two spooled events, of which this is the first; the sink has settled `settled` of them. */
async function deliveriesAt(
  settled: number,
  sink: Partial<SinkConfig> = {},
  cursor: Partial<Cursor> = {},
  find: FindArchived = async () => undefined,
) {
  const folder = tempFolder()
  const store = openSqliteStore(folder)
  onTestFinished(() => store.close())
  const state = { ...freshSource, held: [{ end: 2, oldest: at * 60 }] }
  const blob = await createPacker()([event as AuditEvent, other as AuditEvent], writeNativeLine)
  await store.append(append({ state, entry: entry(0, 2, Buffer.from(blob)), ledger: [minute(at, 2, 1n)] }))
  const when = { first: Date.UTC(2026, 10, 22, 22, 1), last: Date.UTC(2026, 10, 22, 22, 2) }
  const ledger = settled === 0 ? [] : [sinkMinute({ minute: at, delivered: settled, settled: when })]
  await store.settle([settlement({ state: { cursors: { acme: { ...freshCursor(2), ...cursor } } }, ledger })])
  const config = wholeConfig(folder, [sourceConfig()], [sinkConfig(sink)])
  const states = async () =>
    (await deliveriesOf(config, store, event as never, find)).map(({ sink: _, ...it }) => it)
  return { store, states }
}

it('knows an event as settled once all of its minute is', async () => {
  expect(await (await deliveriesAt(2)).states()).toMatchObject([
    {
      state: 'delivered',
      rule: null,
      notBefore: '2026-11-22T22:01:00.000Z',
      notAfter: '2026-11-22T22:02:00.000Z',
    },
  ])
  expect(await (await deliveriesAt(2, { where: 'false' })).states()).toMatchObject([
    { state: 'filtered', rule: 'where' },
  ])
  expect(await (await deliveriesAt(2, { dedupeWindowMs: 1000 })).states()).toMatchObject([
    { state: 'unknown' },
  ])
})

it('says that it waits where it does, whatever became of the others of its minute', async () => {
  expect(await (await deliveriesAt(0, {}, { next: 0 })).states()).toMatchObject([{ state: 'waiting' }])
  expect(await (await deliveriesAt(1, {}, { next: 0 })).states()).toMatchObject([{ state: 'waiting' }])
  const underWay = { open: [{ ranges: [[0, 1] as const] }] }
  expect(await (await deliveriesAt(1, {}, underWay)).states()).toMatchObject([{ state: 'waiting' }])
})

it('knows it as settled when all the others of its minute wait', async () => {
  const when = { notBefore: '2026-11-22T22:01:00.000Z', notAfter: '2026-11-22T22:02:00.000Z' }
  const delivered = [{ state: 'delivered', ...when }]
  expect(await (await deliveriesAt(1, {}, { next: 1 })).states()).toMatchObject(delivered)
  const underWay = { open: [{ ranges: [[1, 2] as const] }] }
  expect(await (await deliveriesAt(1, {}, underWay)).states()).toMatchObject(delivered)
})

it('says nothing where neither the ledger nor what waits tells of it', async () => {
  expect(await (await deliveriesAt(0)).states()).toMatchObject([{ state: 'unknown' }])
  expect(await (await deliveriesAt(1)).states()).toMatchObject([{ state: 'unknown' }])
  // The sink was added between the two.
  expect(await (await deliveriesAt(0, {}, { next: 1 })).states()).toMatchObject([{ state: 'unknown' }])
})

it.each<[string, Parameters<typeof deliveriesAt>, string]>([
  ['none of the minute came there', [0], 'nothing of its minute'],
  ['a part of the minute did', [1], 'of the 2 events of its minute 1 is settled'],
  ['repeats are left out', [2, { dedupeWindowMs: 1000 }], 'dedupe_window'],
  ['its rules fail now', [2, { where: 'raw.none == 1' }], 'by the rules as they are now'],
])('says why it does not know, and what to do: %s', async (_, given, why) => {
  const [delivery] = await (await deliveriesAt(...given)).states()
  expect(delivery).toMatchObject({ state: 'unknown', reason: expect.stringContaining(why) })
  expect(delivery?.reason).toMatch(/; (reconcile|replay|look)/)
})

it('says what it does not know of a minute that the ledger has not, and of a source that the sink has not begun', async () => {
  const { states, store } = await deliveriesAt(0)
  const { loadLane } = store
  store.loadLane = async () => undefined
  expect(await states()).toMatchObject([{ reason: expect.stringContaining('not begun with acme') }])
  store.loadLane = loadLane
  store.ledger = async () => []
  expect(await states()).toMatchObject([{ reason: expect.stringContaining('has nothing of its minute') }])
})

it('calls no event delivered that may be a dead letter that was dropped', async () => {
  const { store, states } = await deliveriesAt(1)
  const neighbour = deadLetter(letterId('soc', other?.uid ?? ''), {
    ...{ uid: other?.uid ?? '', source: 'acme' },
    event: JSON.stringify({ timestamp: at * 60 }),
  })
  const ledger = [sinkMinute({ minute: at, deadLettered: 1 })]
  const state = { cursors: { acme: freshCursor(2) } }
  await store.settle([settlement({ state, ledger, deadLettered: [neighbour] })])
  expect(await states()).toMatchObject([{ state: 'delivered' }])
  await store.dropDeadLetters({ ids: [neighbour.id] })
  expect(await states()).toMatchObject([
    { state: 'unknown', reason: expect.stringContaining('1 dead letter of its minute is gone') },
  ])
})

it('counts the dead letters of its minute behind a thousand others', async () => {
  const { store, states } = await deliveriesAt(1)
  const letterOf = (number: number, timestamp: number) =>
    deadLetter(`${number}`, { source: 'acme', at: number, event: JSON.stringify({ timestamp }) })
  const others = Array.from({ length: 1_200 }, (_, number) => letterOf(number, 0))
  const deadLettered = [...others, letterOf(1_200, at * 60)]
  const ledger = [sinkMinute({ minute: at, deadLettered: 1 })]
  const state = { cursors: { acme: freshCursor(2) } }
  await store.settle([settlement({ state, ledger, deadLettered })])
  expect(await states()).toMatchObject([{ state: 'delivered' }])
})

it('does not look through all that waits when that is much', async () => {
  const { store, states } = await deliveriesAt(0, {}, { next: 0 })
  store.bounds = async () => ({ start: 0, end: 1_000_000, bytes: 0 })
  store.readEntry = () => Promise.reject(new Error('nothing is read'))
  expect(await states()).toMatchObject([{ state: 'waiting' }])
})

it('tells the moment at which an archive took it; of one that cannot be read no more than the ledger does', async () => {
  const archivedAt = Date.UTC(2026, 10, 22, 22, 1, 30)
  const moment = '2026-11-22T22:01:30.000Z'
  const held = await deliveriesAt(2, {}, {}, async (sink) => (sink === 'soc' ? { archivedAt } : undefined))
  expect(await held.states()).toMatchObject([{ state: 'delivered', notBefore: moment, notAfter: moment }])
  const damaged = await deliveriesAt(2, {}, {}, () => Promise.reject(new Error('damaged')))
  expect(await damaged.states()).toMatchObject([
    { state: 'delivered', notBefore: '2026-11-22T22:01:00.000Z', notAfter: '2026-11-22T22:02:00.000Z' },
  ])
})

it('names a dead letter with its reason, and a sink that does not take the source', async () => {
  const { store, states } = await deliveriesAt(2)
  const letter = deadLetter(letterId('soc', event?.uid ?? ''), { uid: event?.uid ?? '', reason: 'HTTP 422' })
  await store.settle([settlement({ state: { cursors: { acme: freshCursor(2) } }, deadLettered: [letter] })])
  expect(await states()).toMatchObject([{ state: 'dead_lettered', reason: 'HTTP 422' }])
  expect(await (await deliveriesAt(2, { sources: ['lab'] })).states()).toMatchObject([{ state: 'not_taken' }])
})

it('encodes an event once for all sinks, and formats it for none', async () => {
  const { store } = await deliveriesAt(2)
  const sinks = (['ocsf', 'ecs', 'udm', 'csv', 'raw'] as const).flatMap((format) => [
    sinkConfig({ id: `${format}-1`, format }),
    sinkConfig({ id: `${format}-2`, format, where: 'severity >= 1' }),
  ])
  const config = wholeConfig(tempFolder(), [sourceConfig()], sinks)
  let encoded = 0
  const raw = { toJSON: () => ({ encoded: encoded++ }) }
  const deliveries = await deliveriesOf(config, store, { ...event, raw } as never, async () => undefined)
  expect(deliveries).toHaveLength(10)
  expect(encoded).toBe(1)
})
