/** A source that is configured to read another log under the same id: it starts afresh, says so, and loses nothing. */
import { expect, it, onTestFinished, vi } from 'vitest'
import type { SourceConfig } from '../../src/config/config.ts'
import type { RecordFields, Source } from '../../src/connector.ts'
import { type LogFields, type Logger, silentLogger } from '../../src/lib/logger.ts'
import { mirrorSource, recoveredState } from '../../src/mirror/document.ts'
import { record } from '../../src/normalise/fixtures/record.ts'
import { planBackfill } from '../../src/poll/backfill-parts.ts'
import { createOriginLog, logUnusedStart } from '../../src/poll/origin.ts'
import { freshSource, ofOrigin, type SourceState } from '../../src/spool/source-state.ts'
import { openSqliteStore } from '../../src/spool/sqlite/store.ts'
import { scriptedSink } from './lane-rig.ts'
import { runOnce } from './open-engine.ts'
import { sinkConfig, sourceConfig, wholeConfig } from './sample-config.ts'
import { createSimulatedLog, simulatedSource } from './simulated-log.ts'
import { tempFolder } from './temp-folder.ts'

const NOW = Math.floor(Date.now() / 1_000)

const events = (prefix: string, count: number, spread: number) =>
  Array.from({ length: count }, (_, at) =>
    record({ timestamp: NOW - 10 - at * spread, description: `${prefix}${at}` }),
  )

function reading(records: readonly RecordFields[], of: Pick<Source, 'organization' | 'origin'>): Source {
  return simulatedSource(createSimulatedLog(records), of)
}

function home() {
  const folder = tempFolder()
  const soc = scriptedSink()
  const said: [text: string, fields: LogFields | undefined][] = []
  const hear = (text: string, fields?: LogFields) => void said.push([text, fields])
  const logger = { ...silentLogger, info: hear, warn: hear, child: () => logger }
  return {
    said,
    /** Uids that the sink got. */
    taken: soc.taken,
    store: () => openSqliteStore(folder),
    /** `run --once`. */
    async run(source: Source, changes: Partial<SourceConfig> = {}): Promise<readonly string[]> {
      said.length = 0
      const config = wholeConfig(
        folder,
        [sourceConfig({ start: { kind: 'ago', ms: 86_400_000 }, ...changes }, source)],
        [sinkConfig({}, soc)],
      )
      return (await runOnce(folder, config, logger)).undone
    },
  }
}

const ACME = { organization: 'acme', origin: { api_url: 'https://one.example', user_filter: '' } }

it.each([
  [
    'another organisation',
    { ...ACME, organization: 'beta' },
    'organization beta, api_url https://one.example',
  ],
  [
    'another address',
    { ...ACME, origin: { ...ACME.origin, api_url: 'https://two.example' } },
    'organization acme, api_url https://two.example',
  ],
  [
    'another filter',
    { ...ACME, origin: { ...ACME.origin, user_filter: 'dana' } },
    'organization acme, api_url https://one.example, user_filter dana',
  ],
])('reads everything since its start of %s, and says once which log it was and is', async (_, next, is) => {
  const it = home()
  expect(await it.run(reading(events('old', 20, 30), ACME))).toEqual([])
  const moved = reading(events('new', 20, 1_800), next)
  expect(await it.run(moved)).toEqual([])
  expect(it.taken).toHaveLength(40)
  const warned = it.said.filter(([text]) => text.includes('another log than before'))
  expect(warned.map(([, fields]) => fields)).toEqual([
    { was: 'organization acme, api_url https://one.example', is, was_read_to: expect.any(String) },
  ])
  expect(await it.run(moved)).toEqual([])
  expect(it.said.filter(([text]) => text.includes('another log'))).toEqual([])
  expect(new Set(it.taken).size).toBe(40)
  expect(it.taken).toHaveLength(40)
})

it('is not refused for a log that is quiet', async () => {
  const it = home()
  await it.run(reading(events('old', 20, 30), ACME))
  expect(await it.run(reading([], { ...ACME, organization: 'quiet' }))).toEqual([])
})

it('sends nothing twice that the ledger knows', async () => {
  const it = home()
  const all = events('e', 10, 600)
  await it.run(reading(all, ACME))
  await it.run(reading(all, { ...ACME, origin: { ...ACME.origin, api_url: 'https://moved.example' } }))
  expect(it.taken).toHaveLength(10)
})

it.each([
  ['beta', 'come again with other uids'],
  ['acme', 'come again with the same uids'],
])('says how far the other log was read, and which uids come again: now %s', (organization, says) => {
  const before = { ...freshSource, checkpoint: 86_400, origin: { organization: 'acme', api_url: 'x' } }
  const after = { ...freshSource, origin: { organization, api_url: 'y' } }
  const warn = vi.fn()
  createOriginLog({ ...silentLogger, warn })(before, after)
  expect(warn.mock.calls).toEqual([
    [expect.stringContaining(says), expect.objectContaining({ was_read_to: '1970-01-02T00:00:00Z' })],
  ])
})

it.each<[string, SourceState]>([
  ['where there was none', freshSource],
  ['in place of ours', { ...freshSource, origin: { organization: 'acme' } }],
  ['and goes on reading', { ...freshSource, origin: { organization: 'beta' } }],
])('says once that another process reads the source from another log, %s', (_, first) => {
  const ours = { ...freshSource, origin: { organization: 'acme' } }
  const theirs = { ...freshSource, origin: { organization: 'beta' }, checkpoint: 60 }
  const error = vi.fn()
  const log = createOriginLog({ ...silentLogger, error })
  log(first, ours)
  log(first, ours)
  expect(error).not.toHaveBeenCalled()
  for (const stored of [theirs, theirs, ours, theirs]) log(stored, ours)
  expect(error.mock.calls).toEqual([
    [
      expect.stringContaining('`state.prefix` of its own'),
      { was: 'organization beta', is: 'organization acme' },
    ],
  ])
})

it('reads on where the state of an older version does not say what it was read from', async () => {
  const it = home()
  await it.run(reading(events('old', 5, 30), ACME))
  const store = it.store()
  const { origin: _, ...older } = (await store.loadSource('acme')) as SourceState
  await store.append({ source: 'acme', state: older, ledger: [], quarantined: [] })
  await store.close()
  await it.run(reading(events('old', 5, 30), ACME))
  expect(it.said.filter(([text]) => text.includes('another log'))).toEqual([])
  const after = it.store()
  onTestFinished(() => after.close())
  expect(await after.loadSource('acme')).toMatchObject({
    start: older.start,
    origin: { organization: 'acme', api_url: 'https://one.example' },
  })
})

it('keeps from another log only what is true of the spool, the ledger and the counters', () => {
  const kept = {
    ...{
      polled: 9,
      spooled: 8,
      late: 1,
      requests: 7,
      budgetFullAt: 5,
      lastPoll: 4,
      unknownActions: { x: 1 },
    },
    ...{ held: [{ end: 8, oldest: 3 }], total: { events: 8, digest: '00' } },
  }
  const state: SourceState = {
    ...freshSource,
    ...kept,
    ...{ origin: { organization: 'acme' }, checkpoint: 900, start: 100, newest: 2_000, variant: 'v1' },
    walk: { position: 500, end: 400, checkpoint: 950, startedAt: 0 },
    retrospected: { '60000': 5 },
    gaps: [{ second: 300, reason: 'full' }],
    backfilled: { soc: [[0, 5]] },
  }
  const origin = { organization: 'beta' }
  expect(ofOrigin(state, origin, 1_000)).toEqual({ ...freshSource, ...kept, origin, mixedBefore: 2_001 })
  expect(recoveredState(mirrorSource('acme', state, [])).origin).toEqual({ organization: 'acme' })
})

it('says that an earlier start reads nothing by itself, with the command that does', async () => {
  const it = home()
  const source = reading(events('e', 5, 30), ACME)
  const at = (second: number) => ({ start: { kind: 'at', second } as const })
  await it.run(source, at(NOW - 3_600))
  const text = (second: number) => new Date(second * 1_000).toISOString().replace('.000', '')
  const about = () => it.said.filter(([said]) => said.startsWith('`start`')).map(([, fields]) => fields)
  await it.run(source, at(NOW - 7_200))
  expect(about()).toEqual([
    {
      began: text(NOW - 3_600),
      read_the_rest: `npx auditferry backfill --source acme --from ${text(NOW - 7_200)} --to ${text(NOW - 3_600)}`,
    },
  ])
  await it.run(source, { start: { kind: 'beginning' } })
  expect(about()).toMatchObject([{ began: text(NOW - 3_600) }])
  for (const start of [
    at(NOW - 3_610).start,
    at(NOW - 60).start,
    { kind: 'ago', ms: 1e10 } as const,
    { kind: 'now' } as const,
  ]) {
    await it.run(source, { start })
    expect(about()).toEqual([])
  }
})

const plan = planBackfill({ from: NOW - 7_200, to: NOW - 3_600, parallel: 1 }, 0)

/** What is logged while `tell` runs. */
function logged(tell: (logger: Logger) => void): string[] {
  const said: string[] = []
  const hear = (text: string) => void said.push(text)
  tell({ ...silentLogger, info: hear, warn: hear })
  return said
}

it.each([
  ['under way', plan, true],
  ['that has ended', { ...plan, endedAt: 1 }, false],
])('ends a backfill of the other log and says so: one %s', (_, backfill, isTold) => {
  const before = { ...freshSource, origin: { organization: 'acme' }, backfill }
  const after = { ...freshSource, origin: { organization: 'beta' } }
  const [said = ''] = logged((logger) => createOriginLog(logger)(before, after))
  expect(said.includes('The backfill under way')).toBe(isTold)
})

it.each([
  ['brought', { ...plan, endedAt: 1 }, 0],
  ['brings', plan, 1],
  ['was to bring, but was cancelled', { ...plan, endedAt: 1, cancelled: true as const }, 1],
])(
  'says nothing of an earlier start once a backfill brought the rest: one that %s it',
  (_, backfill, times) => {
    const config = sourceConfig({ start: { kind: 'at', second: NOW - 7_200 } })
    const state = { ...freshSource, start: NOW - 3_600, backfill }
    expect(logged((logger) => logUnusedStart(config, state, logger))).toHaveLength(times)
  },
)
