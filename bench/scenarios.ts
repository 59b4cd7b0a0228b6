/** What is measured: each scenario sets up its processes, lets them run, and answers rows of figures. */
import { fileURLToPath } from 'node:url'
import { measureArchive } from './archive.ts'
import { measureBackfill } from './backfill.ts'
import { measureChain } from './chain.ts'
import { type BenchEngine, DEFAULTS, prepareEngine, TUNED } from './engine.ts'
import { measureFormats } from './formats.ts'
import { type History, openHistory } from './history.ts'
import { measureImport } from './import.ts'
import { ledgerMinutes, measureLedgerBytes, measureYear } from './ledger.ts'
import { type Measured, measure } from './measure.ts'
import { type Linked, startLinked } from './process-link.ts'
import type { Received } from './receiver.ts'
import { measureSinks } from './sinks.ts'
import { measureStartup } from './startup.ts'
import { measureStore } from './store.ts'

export interface ScenarioOptions {
  readonly events: number
  readonly density: number
  readonly full: boolean
  /** Of the `store` scenario: embedded or redis. */
  readonly state: string
  /** Of the scenario `sinks`: types; all where none is named. */
  readonly sinks: readonly string[]
}

/** One row of a scenario's table. */
export interface Result {
  readonly what: string
  readonly figures: Readonly<Record<string, number>>
}

type Scenario = (options: ScenarioOptions) => Promise<Result[]>

export const scenarios: ReadonlyMap<string, Scenario> = new Map<string, Scenario>([
  ['end-to-end', endToEnd],
  ['spool-to-hec', spoolToHec],
  ['flat', flat],
  ['peer', peers],
  ['store', measureStore],
  ['ledger', ledger],
  ['chain', measureChain],
  ['startup', measureStartup],
  ['backfill', measureBackfill],
  ['archive', measureArchive],
  ['import', measureImport],
  ['formats', measureFormats],
  ['sinks', measureSinks],
])

async function endToEnd(options: ScenarioOptions): Promise<Result[]> {
  const history = await openHistory(options)
  const rows: Result[] = []
  for (const [what, api, sink] of [
    ['v1, tuned batches', 'v1', TUNED],
    ['v1, default settings', 'v1', DEFAULTS],
    ['v2, tuned batches', 'v2', TUNED],
  ] as const) {
    rows.push(
      await withServers(history, 'open', async (servers) => {
        const engine = prepare(servers, history, { api, sink })
        const used = await once(engine, 0)
        engine.remove()
        return row(what, used, await received(servers.receiver, options.events))
      }),
    )
  }
  return rows
}

/** The whole way with the ledger and without it, then what of it is kept. */
async function ledger(options: ScenarioOptions): Promise<Result[]> {
  const history = await openHistory(options)
  const rows: Result[] = []
  for (const [what, preload] of [
    ['v1, tuned, with the ledger', []],
    ['v1, tuned, without it', ['without-ledger.ts']],
  ] as const) {
    rows.push(
      await withServers(history, 'open', async (servers) => {
        const engine = prepare(servers, history, { api: 'v1', sink: TUNED, preload })
        const used = await once(engine, 0)
        const isKept = ledgerMinutes(engine.state) > 0
        engine.remove()
        if (isKept !== (preload.length === 0)) throw new Error(`${what}: the ledger is as it should not be`)
        return row(what, used, await received(servers.receiver, options.events))
      }),
    )
  }
  return [...rows, ...(await measureLedgerBytes()), ...(await measureYear())]
}

/** The receiver holds everything back until the spool is full; then a second run drains it. */
async function spoolToHec(options: ScenarioOptions): Promise<Result[]> {
  const { drained, answer } = await fillAndDrain(options)
  return [row('drain, tuned batches', drained, answer)]
}

/** The same events with a backlog that stays small, and with all of them waiting before the first one goes out. */
async function flat(options: ScenarioOptions): Promise<Result[]> {
  const events = options.full ? 5_000_000 : options.events
  const history = await openHistory({ ...options, events })
  const small = await withServers(history, 'open', async (servers) => {
    const engine = prepare(servers, history, { api: 'v1', sink: TUNED, maxSpool: SMALL_SPOOL })
    const used = await once(engine, 0)
    engine.remove()
    return { used, answer: await received(servers.receiver, events) }
  })
  const { filled, drained, answer } = await fillAndDrain({ ...options, events })
  return [
    resources('backlog under 10,000', events, small.used.cpuSeconds, small.used.peakMiB),
    resources(
      `backlog of ${events.toLocaleString('en')}`,
      answer.events,
      filled.cpuSeconds + drained.cpuSeconds,
      Math.max(filled.peakMiB, drained.peakMiB),
    ),
  ]
}

/** About 10,000 events of the bench. */
const SMALL_SPOOL = '1500KiB'

async function peers(options: ScenarioOptions): Promise<Result[]> {
  const history = await openHistory(options)
  const rows: Result[] = []
  for (const peer of ['passthrough', 'splunk-logging']) {
    const receiver = await startLinked('./receiver.ts', ['open'])
    const used = await measure([
      fileURLToPath(new URL(`peers/${peer}.ts`, import.meta.url)),
      history.native,
      receiver.url,
    ])
    rows.push(row(peer, used, await received(receiver, options.events)))
    await receiver.stop()
  }
  return rows
}

async function fillAndDrain(options: ScenarioOptions) {
  const history = await openHistory(options)
  return withServers(history, 'held', async (servers) => {
    const engine = prepare(servers, history, { api: 'v1', sink: TUNED })
    const filled = await once(engine, 3)
    await servers.source.ask('finish')
    await servers.receiver.ask('release')
    const drained = await once(engine, 0)
    engine.remove()
    return { filled, drained, answer: await received(servers.receiver, options.events) }
  })
}

interface Servers {
  readonly source: Linked
  readonly receiver: Linked
}

async function withServers<T>(
  history: History,
  receiving: 'open' | 'held',
  use: (servers: Servers) => Promise<T>,
) {
  const source = await startLinked('./source.ts', [history.csv, history.json, history.tail])
  const receiver = await startLinked('./receiver.ts', [receiving])
  try {
    return await use({ source, receiver })
  } finally {
    await Promise.all([source.stop(), receiver.stop()])
  }
}

function prepare(
  servers: Servers,
  history: History,
  settings: Parameters<typeof prepareEngine>[2],
): BenchEngine {
  return prepareEngine({ source: servers.source.url, receiver: servers.receiver.url }, history, settings)
}

async function once(engine: BenchEngine, expectedExit: number): Promise<Measured> {
  const used = await engine.runOnce()
  if (used.exitCode !== expectedExit)
    throw new Error(`the engine ended with ${used.exitCode}, not ${expectedExit}`)
  return used
}

async function received(receiver: Linked, expected: number): Promise<Received> {
  const answer = (await receiver.ask('received')) as Received
  if (answer.events !== expected) throw new Error(`${answer.events} events were received, not ${expected}`)
  return answer
}

function row(what: string, used: Measured, answer: Received): Result {
  return {
    what,
    figures: {
      'events/s': answer.events / answer.seconds,
      'µs CPU per event': (used.cpuSeconds / answer.events) * 1e6,
      'MiB peak': used.peakMiB,
      's process': used.wallSeconds,
    },
  }
}

function resources(what: string, events: number, cpuSeconds: number, peakMiB: number): Result {
  return { what, figures: { 'µs CPU per event': (cpuSeconds / events) * 1e6, 'MiB peak': peakMiB } }
}
