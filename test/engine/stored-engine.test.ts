/** What a command gets to know when no engine runs: the state as it was left. */
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { definition as archive } from '../../connectors/sinks/archive/index.ts'
import { openStoredApi } from '../../src/engine/stored-engine.ts'
import { OperationError } from '../../src/errors.ts'
import { asArchived } from '../../src/import/native-lines.ts'
import { freshCursor } from '../../src/spool/lane-state.ts'
import { freshSource } from '../../src/spool/source-state.ts'
import { openSqliteStore } from '../../src/spool/sqlite/store.ts'
import { localUser } from '../../src/trail/local-user.ts'
import { auditEvents } from '../conformance/batches.ts'
import { append, deadLetter, quarantined, settlement } from '../conformance/store-samples.ts'
import { sinkConfig, sourceConfig, wholeConfig } from './sample-config.ts'
import { spool } from './spooled-events.ts'
import { tempFolder } from './temp-folder.ts'

async function leaveState(folder: string): Promise<void> {
  const store = openSqliteStore(folder)
  await spool(store, auditEvents(12))
  const held = [
    { end: 2, oldest: 1_000 },
    { end: 12, oldest: 1_795_384_000 },
  ]
  const state = { ...freshSource, checkpoint: 1_795_384_800, spooled: 12, variant: 'v2', held }
  await store.append(append({ state, quarantined: [quarantined('q', 1)] }))
  const cursors = {
    acme: { ...freshCursor(9), open: [{ ranges: [[2, 4]] as const }], delivered: 6, deadLettered: 1 },
  }
  const deadLettered = [deadLetter('d1'), deadLetter('d2', { at: 2 })]
  await store.settle([settlement({ state: { cursors, lastError: 'HTTP 503' }, deadLettered })])
  await store.close()
}

async function openApi(folder: string) {
  const config = wholeConfig(folder, [sourceConfig()], [sinkConfig(), sinkConfig({ id: 'new' })])
  const api = await openStoredApi(config)
  onTestFinished(() => api.close().catch(() => undefined))
  return api
}

it('shows the stored state, and that no engine runs', async () => {
  const folder = tempFolder()
  await leaveState(folder)
  const before = Math.floor(Date.now() / 1000)
  const status = await (await openApi(folder)).status()
  expect(status).toMatchObject({ startedAt: '', runtime: 'embedded', spool: { events: 12 } })
  expect(status.sources.acme).toMatchObject({
    state: 'idle',
    reason: 'no engine is running',
    api: 'v2',
    checkpoint: 1_795_384_800,
    events: 12,
    quarantined: 1,
  })
  expect(status.sinks.soc).toMatchObject({
    backlogEvents: 5,
    delivered: 6,
    deadLettered: 1,
    lastError: 'HTTP 503',
  })
  expect(status.sinks.soc?.lagSeconds).toBeGreaterThanOrEqual(before - 1_795_384_000)
  expect(status.sinks.soc?.lagSeconds).toBeLessThan(Date.now() / 1000 - 1_000)
  expect(status.sinks.new).toMatchObject({ backlogEvents: 0, lagSeconds: 0, delivered: 0 })
})

it('exports positions without what a sink answered, which may quote an event', async () => {
  const folder = tempFolder()
  await leaveState(folder)
  const { sinks } = await (await openApi(folder)).exportState()
  expect(sinks).toEqual({ soc: { cursors: { acme: expect.objectContaining({ next: 9 }) } } })
})

it('is stuck at a source whose walk was broken off', async () => {
  const folder = tempFolder()
  const store = openSqliteStore(folder)
  const walk = { end: 1_795_000_000, position: 1_795_300_000, checkpoint: 1_795_384_000, startedAt: 1 }
  await store.append(append({ state: { ...freshSource, checkpoint: 1_795_000_900, walk } }))
  await store.close()
  const status = await (await openApi(folder)).status()
  expect(status).toMatchObject({ state: 'stuck' })
  expect(status.sources.acme).toMatchObject({
    state: 'stuck',
    reason: 'no engine is running; a walk broke off and continues when an engine runs',
    walk: { purpose: 'poll', position: 1_795_300_000, end: 1_795_000_000 },
  })
})

it('leaves out a disabled sink, as the running engine does', async () => {
  const folder = tempFolder()
  await leaveState(folder)
  const config = wholeConfig(
    folder,
    [sourceConfig()],
    [sinkConfig({ enabled: false }), sinkConfig({ id: 'new' })],
  )
  const api = await openStoredApi(config)
  onTestFinished(() => api.close())
  expect(Object.keys((await api.status()).sinks)).toEqual(['new'])
})

it('is stuck at a sink for which queued dead letters wait, and idle when they are parked', async () => {
  const folder = tempFolder()
  const store = openSqliteStore(folder)
  await spool(store, auditEvents(2))
  const cursors = { acme: { ...freshCursor(2), delivered: 1, deadLettered: 1 } }
  await store.settle([settlement({ state: { cursors }, deadLettered: [deadLetter('d1')] })])
  await store.close()
  const soc = async (api: Awaited<ReturnType<typeof openApi>>) => (await api.status()).sinks.soc
  const api = await openApi(folder)
  expect(await soc(api)).toMatchObject({ state: 'idle', reason: '' })
  await api.queueDeadLetters({})
  expect(await soc(api)).toMatchObject({
    ...{ state: 'stuck', reason: 'no engine is running; 1 event waits to be sent again' },
  })
})

it('shows an empty state where nothing was stored yet', async () => {
  const status = await (await openApi(tempFolder())).status()
  expect(status.sources.acme).toMatchObject({ checkpoint: null, events: 0, lagSeconds: 0 })
  expect(status).toMatchObject({ state: 'idle', spool: { events: 0, bytes: 0 } })
})

it('queues and drops dead letters for the engine that comes', async () => {
  const folder = tempFolder()
  await leaveState(folder)
  const api = await openApi(folder)
  expect((await api.deadLetters({})).map(({ id }) => id)).toEqual(['d2', 'd1'])
  expect(await api.queueDeadLetters({ ids: ['d1'] })).toBe(1)
  expect(await api.dropDeadLetters({ ids: ['d2'] })).toBe(1)
  await api.close()
  const store = openSqliteStore(folder)
  onTestFinished(() => store.close())
  expect(await store.deadLetters({})).toEqual([deadLetter('d1', { state: 'queued' })])
})

it('takes the lock of the engine meanwhile, and gives it back', async () => {
  const folder = tempFolder()
  const api = await openApi(folder)
  expect(() => openSqliteStore(folder)).toThrow(OperationError)
  await api.close()
  await openSqliteStore(folder).close()
})

it('tells the trail of an import once, whoever gives the command, and of one that was broken off', async () => {
  const folder = tempFolder()
  const options = { path: join(folder, 'archive.db') }
  const kept = sinkConfig({
    id: 'kept',
    definition: archive,
    options: archive.config.parse(options),
  })
  const open = () => openStoredApi(wholeConfig(folder, [sourceConfig()], [kept]))
  const events = auditEvents(5).map(asArchived)
  const api = await open()
  const part = { id: 'one' }
  const files = ['a.csv']
  await api.importEvents({ sink: 'kept', events: [], part: { ...part, files } })
  await api.importEvents({ sink: 'kept', events: events.slice(0, 3), part })
  await api.importEvents({ sink: 'kept', events: events.slice(1), part })
  await api.importEvents({ sink: 'kept', events: [], part: { ...part, files, last: true } })
  await api.importEvents({ sink: 'kept', events, part: { id: 'two' } })
  await expect(api.importEvents({ sink: 'lost', events, part: { id: 'two' } })).rejects.toThrow(
    'no sink lost',
  )
  await api.close()
  const store = openSqliteStore(folder)
  onTestFinished(() => store.close())
  const sums = { filtered: 0, refused: 0 }
  const who = { user: localUser(), role: 'operator', address: '', action: 'archive-imported' }
  expect(await store.trail({ limit: 9 })).toMatchObject([
    { ...who, outcome: 'success', details: { id: 'kept', added: 0, known: 5, ...sums } },
    { ...who, outcome: 'success', details: { id: 'kept', files, added: 5, known: 2, ...sums } },
  ])
})

it('goes on from an imported state, and remembers what the ledger that is here speaks for', async () => {
  const folder = tempFolder()
  const store = openSqliteStore(folder)
  const ended = { from: 0, to: 90, parallel: 1, startedAt: 0, endedAt: 1 }
  const counts = { polled: 0, spooled: 0, gaps: 0, unreadable: 0, unclear: 0 }
  const backfill = { ...ended, ...counts, parts: [{ from: 0, to: 90, position: 30 }] }
  await store.append(append({ state: { ...freshSource, checkpoint: 500, read: [[10, 20]], backfill } }))
  await store.close()
  const elsewhere = { ...freshSource, start: 100, checkpoint: 900, read: [[40, 50]] as const }
  const document = {
    version: 1,
    writtenAt: '',
    sources: { acme: { position: 900, state: elsewhere } },
  } as const
  const api = await openApi(folder)
  expect(await api.importState?.({ ...document, sinks: {} }, true)).toEqual(['acme'])
  const { state } = (await api.exportState()).sources.acme ?? {}
  expect(state).toMatchObject({ start: 100, checkpoint: 900 })
  expect(state?.read).toEqual([
    [10, 20],
    [30, 90],
  ])
})

it('imports no position that is still to come: nothing would be read until then', async () => {
  const folder = tempFolder()
  await leaveState(folder)
  const api = await openApi(folder)
  const sources = { acme: { position: 4_000_000_000, state: { ...freshSource, checkpoint: 4_000_000_000 } } }
  const document = { version: 1, writtenAt: '', sources, sinks: {} } as const
  await expect(api.importState?.(document, true)).rejects.toThrow(
    'it would have the source acme go on from 2096-10-02T07:06:40Z, which is still to come',
  )
})

it('imports over a state that is there without forgetting what its log, ledger and lanes still speak of', async () => {
  const folder = tempFolder()
  await leaveState(folder)
  const api = await openApi(folder)
  const gap = { second: 1_795_380_000, reason: 'crowded' }
  const imported = { position: 1_795_384_790, state: { ...freshSource, gaps: [gap] } }
  const document = { version: 1, writtenAt: '2026-11-22T22:00:00.000Z', sinks: {} } as const
  const before = (await api.exportState()).sources.acme?.position
  await api.importState?.({ ...document, sources: { acme: imported } }, true)
  // The oldest of the events that sinks still lack is older than what was imported.
  expect([before, (await api.exportState()).sources.acme?.position]).toEqual([1_000, 1_000])
  expect((await api.status()).sources.acme).toMatchObject({
    checkpoint: 1_795_384_790,
    events: 12,
    gaps: [gap],
  })
})

const backfill = {
  ...{ from: 0, to: 90, parallel: 1, startedAt: 0, parts: [{ from: 0, to: 90, position: 30 }] },
  ...{ polled: 0, spooled: 0, gaps: 0, unreadable: 0, unclear: 0 },
}

it('lets a backfill that is under way go on when a state is imported over it', async () => {
  const folder = tempFolder()
  const store = openSqliteStore(folder)
  await store.append(append({ state: { ...freshSource, checkpoint: 500, backfill } }))
  await store.close()
  const sources = { acme: { position: 900, state: { ...freshSource, checkpoint: 900 } } }
  const api = await openApi(folder)
  await api.importState?.({ version: 1, writtenAt: '', sources, sinks: {} }, true)
  expect((await api.exportState()).sources.acme?.state).toMatchObject({ checkpoint: 900, backfill })
})

it('ends a backfill of another log when a state is imported over it', async () => {
  const folder = tempFolder()
  const store = openSqliteStore(folder)
  const here = { ...freshSource, polled: 7, checkpoint: 500, backfill, read: [[10, 20]] as const }
  await store.append(append({ state: { ...here, origin: { organization: 'globex' } } }))
  await store.close()
  const there = { ...freshSource, checkpoint: 900, origin: { organization: 'acme' } }
  const sources = { acme: { position: 900, state: there } }
  const api = await openApi(folder)
  await api.importState?.({ version: 1, writtenAt: '', sources, sinks: {} }, true)
  const { state } = (await api.exportState()).sources.acme ?? {}
  expect(state).toMatchObject({ checkpoint: 900, polled: 7, origin: there.origin, read: [] })
  expect([state?.backfill, state?.mixedBefore]).toEqual([undefined, expect.any(Number)])
})

it('imports nothing for a source that only looks as if it were in the document', async () => {
  const config = wholeConfig(tempFolder(), [sourceConfig({ id: 'constructor' })], [sinkConfig()])
  const api = await openStoredApi(config)
  onTestFinished(() => api.close().catch(() => undefined))
  const sources = { globex: { state: freshSource } }
  await expect(api.importState?.({ version: 1, writtenAt: '', sources, sinks: {} }, false)).rejects.toThrow(
    'none of its sources (globex) is in the configuration',
  )
})
