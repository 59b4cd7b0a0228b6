/** What is spooled while a lane waits for it reaches the lane without a detour through the store. */
import { expect, it, onTestFinished } from 'vitest'
import type { SourceConfig } from '../../src/config/config.ts'
import type { RecordFields, Source } from '../../src/connector.ts'
import { createEntryReader } from '../../src/deliver/entries.ts'
import { openEngine } from '../../src/engine/engine.ts'
import { ByteWriter } from '../../src/lib/byte-writer.ts'
import { silentLogger } from '../../src/lib/logger.ts'
import { record } from '../../src/normalise/fixtures/record.ts'
import { silentMetrics } from '../../src/ops/metrics.ts'
import { delivered, every } from '../../src/outcome.ts'
import { OLDER_RECORDS } from '../../src/poll/walk.ts'
import { createPacker } from '../../src/spool/codec.ts'
import { openSqliteStore } from '../../src/spool/sqlite/store.ts'
import { auditEvents } from '../conformance/batches.ts'
import { scriptedSink, waitFor } from './lane-rig.ts'
import { sinkConfig, sourceConfig, wholeConfig } from './sample-config.ts'
import { contentOf, writeNativeLine } from './spooled-events.ts'
import { tempFolder } from './temp-folder.ts'

it('is what the store would give, and stays when the next page is packed', async () => {
  const events = auditEvents(150)
  const plain = new ByteWriter()
  const pack = createPacker(plain)
  const entry = { base: 7, count: events.length, blob: await pack(events, writeNativeLine) }
  const stored = createEntryReader({ readEntry: async () => entry })
  const before = contentOf((await stored.at('acme', 7)) ?? expect.fail())

  const kept = createEntryReader({ readEntry: () => expect.fail('the store was asked') })
  kept.keep('acme', entry, plain.written())
  await pack(auditEvents(150, 150), writeNativeLine)
  expect(contentOf((await kept.at('acme', 156)) ?? expect.fail())).toEqual(before)
})

it('is not read back by a lane that is caught up', async () => {
  const it = await openOver(['acme', 'other'], 3, (page) => it.sink.taken.length > page * PAGE - PAGE / 2)
  await it.engine.once()
  expect(new Set(it.sink.taken).size).toBe(3 * PAGE)
  expect(it.reads).toEqual([])
  // Nor is a lane asked about a source that it doesn't take.
  expect(Object.keys((await it.store.loadLane('soc'))?.cursors ?? {})).toEqual(['acme'])
})

it('is read back by a lane that is behind', async () => {
  const it = await openOver(['acme'], 6)
  it.sink.always(async ({ events }) => {
    await waitFor(() => it.isRead())
    return every(events.length, delivered)
  })
  await it.engine.once()
  expect(new Set(it.sink.taken).size).toBe(6 * PAGE)
  expect(it.reads.length).toBeGreaterThan(0)
})

const PAGE = 600

/** An engine whose sources produce this many pages, each as soon as it may. */
async function openOver(ids: readonly string[], count: number, mayShow = (_page: number) => true) {
  const sink = scriptedSink()
  const reads: number[] = []
  let pagesRead = 0
  const read: Source['read'] = async () => ({
    serverTime: undefined,
    variant: 'v',
    records: shown(),
    token: () => undefined,
    bytesRead: () => 0,
  })
  async function* shown() {
    for (let page = 0; page < count; page++) {
      await waitFor(() => mayShow(page))
      yield pageOf(page)
    }
    pagesRead = count
    yield Array.from({ length: OLDER_RECORDS }, () => record({ timestamp: NEWEST - 7_200 }))
  }
  const sources = ids.map((id) => sourceConfig({ id }))
  const definition = { ...sinkConfig().definition, create: () => sink, copiesPayloads: true as const }
  const batch = { maxEvents: 1_000, maxBytes: 1_000_000, maxAgeMs: 0 }
  const folder = tempFolder()
  const store = openSqliteStore(folder)
  const engine = await openEngine({
    config: wholeConfig(
      folder,
      sources.map((it) => withSource(it, read)),
      [sinkConfig({ definition, batch })],
    ),
    ...{ logger: silentLogger, now: Date.now, metrics: silentMetrics, version: '0.0.0', random: () => 0 },
    store: {
      ...store,
      readEntry(source, offset) {
        reads.push(offset)
        return store.readEntry(source, offset)
      },
    },
    patienceMs: 10_000,
  })
  onTestFinished(() => engine.stop(0).catch(() => undefined))
  return { engine, sink, store, reads, isRead: () => pagesRead === count }
}

function withSource(config: SourceConfig, read: Source['read']): SourceConfig {
  const source: Source = { organization: 'acme', read, check: () => expect.fail(), close: async () => {} }
  return { ...config, definition: { ...config.definition, create: () => source } }
}

const NEWEST = Math.floor(Date.now() / 1000) - 60

function pageOf(page: number): RecordFields[] {
  return Array.from({ length: PAGE }, (_, at) => {
    const number = page * PAGE + at
    return record({ timestamp: NEWEST - Math.floor(number / 10), description: `number ${number}` })
  })
}
