/** A poller on a simulated log, with the real pipeline and store behind it and a clock that the test moves. */
import { onTestFinished } from 'vitest'
import type { SinkConfig, SourceConfig } from '../../src/config/config.ts'
import type { ReadRequest, Source } from '../../src/connector.ts'
import { type BackfillDesk, createBackfillDesk } from '../../src/engine/backfill-desk.ts'
import { parseNative } from '../../src/formats/native.ts'
import { silentLogger } from '../../src/lib/logger.ts'
import { record } from '../../src/normalise/fixtures/record.ts'
import { type Metrics, silentMetrics } from '../../src/ops/metrics.ts'
import { createPipeline, type Pipeline } from '../../src/pipeline.ts'
import { createAsker } from '../../src/poll/asker.ts'
import { type Budget, createBudget } from '../../src/poll/budget.ts'
import { createPoller, type Poller } from '../../src/poll/poller.ts'
import type { SourceReading } from '../../src/replay/from-source.ts'
import { unpackEntry } from '../../src/spool/codec.ts'
import { createRoom } from '../../src/spool/room.ts'
import { freshSource } from '../../src/spool/source-state.ts'
import { openSqliteStore } from '../../src/spool/sqlite/store.ts'
import type { Store } from '../../src/spool/store.ts'
import { sourceConfig } from './sample-config.ts'
import { createSimulatedLog, type LogSwitches, type SimulatedLog } from './simulated-log.ts'
import { tempFolder } from './temp-folder.ts'

/** Unix seconds at which a rig's clock starts. */
export const NOW = 1_795_384_800

export interface PollRig {
  readonly log: SimulatedLog
  readonly store: Store
  /** Every request, in order. */
  readonly asked: ReadRequest[]
  readonly world: World
  /** For each late event, how many seconds behind the checkpoint it was found. */
  readonly lateness: number[]
  poller(): Poller
  pipeline(): Pipeline
  poll(): Promise<{ resumed: boolean }>
  /** `until`: milliseconds on the rig's clock. */
  retrospect(until?: number): Promise<boolean>
  readonly budget: Budget
  /** The source, for other readers than the polls. */
  reading(): SourceReading & { close(): Promise<void> }
  /** Starts or resumes a backfill; `parallel` walks at a time. */
  backfill(from: number, to: number, parallel?: number, sinks?: readonly string[]): Promise<void>
  desk(): BackfillDesk
  /** Adds an event that happened `age` seconds ago and is visible from now on. */
  happen(description: string, age: number): void
  /** A new poller and pipeline on the stored state. */
  restart(changes?: Partial<SourceConfig>): Promise<void>
  /** Descriptions of everything spooled, in the log's order. */
  spooled(): Promise<string[]>
}

interface World {
  /** Unix seconds. */
  clock: number
  /** The server's clock minus ours, in seconds; undefined if the server doesn't say. */
  serverOffset: number | undefined
}

export async function openPollRig(
  changes: Partial<SourceConfig> = {},
  switches?: LogSwitches,
  /** The switches of the configuration. */
  sinks: Readonly<Record<string, SinkConfig>> = {},
): Promise<PollRig> {
  const store = openSqliteStore(tempFolder())
  onTestFinished(() => store.close())
  const log = createSimulatedLog([], switches)
  const world: World = { clock: NOW, serverOffset: 0 }
  const asked: ReadRequest[] = []
  const lateness: number[] = []
  const metrics = { ...silentMetrics, lateness: (_: string, seconds: number) => void lateness.push(seconds) }
  const source = sourceOver(log, world, asked)
  const { signal } = new AbortController()
  let config = sourceConfig(changes)
  let engine = await openPoller(config, source, store, world, metrics, sinks)

  return {
    log,
    store,
    asked,
    world,
    lateness,
    poller: () => engine.poller,
    pipeline: () => engine.pipeline,
    poll: () => engine.poller.poll(signal),
    retrospect: (until) =>
      engine.poller.retrospect(signal, until === undefined ? undefined : () => world.clock * 1_000 >= until),
    reading: () => ({
      id: config.id,
      source,
      asker: engine.asker,
      variant: undefined,
      now: () => world.clock * 1_000,
      close: async () => {},
    }),
    get budget() {
      return engine.budget
    },
    async backfill(from, to, parallel = 1, sinks = undefined) {
      await engine.desk.begin({ from, to, parallel, ...(sinks && { sinks }) })
      await engine.desk.run(signal)
    },
    desk: () => engine.desk,
    happen(description, age) {
      log.records.push(record({ timestamp: world.clock - age, description }))
    },
    async restart(more = {}) {
      config = { ...config, ...more }
      engine = await openPoller(config, source, store, world, metrics, sinks)
    },
    async spooled() {
      const { start, end } = await store.bounds(config.id)
      const descriptions: string[] = []
      for (let at = start; at < end; ) {
        const packed = await store.readEntry(config.id, at)
        if (packed === undefined) throw new Error(`offset ${at} is missing`)
        const entry = await unpackEntry(packed)
        for (let index = 0; index < entry.count; index++)
          descriptions.push(parseNative(entry.line(index)).description)
        at = entry.base + entry.count
      }
      return descriptions
    },
  }
}

function sourceOver(log: SimulatedLog, world: World, asked: ReadRequest[]): Source {
  return {
    organization: 'acme',
    async read(request) {
      asked.push(request)
      return log.read(
        request,
        world.serverOffset === undefined ? undefined : world.clock + world.serverOffset,
      )
    },
    check: () => Promise.reject(new Error('not checked')),
    close: async () => {},
  }
}

async function openPoller(
  config: SourceConfig,
  source: Source,
  store: Store,
  world: World,
  metrics: Metrics,
  sinks: Readonly<Record<string, SinkConfig>>,
) {
  const { id } = config
  const now = () => world.clock * 1000
  const quiet = { metrics, logger: silentLogger }
  const logs = new Map([[id, await store.bounds(id)]])
  const room = createRoom(Number.POSITIVE_INFINITY, now)
  const pipeline = createPipeline({ ...quiet, store, room, now, logs })
  const budget = createBudget({ requestsPerMinute: 1e9, patienceMs: 0, now })
  const asker = createAsker({ id, source, budget, metrics: silentMetrics, now })
  const load = async () => (await store.loadSource(id)) ?? freshSource
  const state = await load()
  const spoolPage = pipeline.spooler(config, source, { kind: 'poll' })
  const poller = createPoller({ config, asker, store, state, load, logger: silentLogger, now, spoolPage })
  const parts = {
    ...{ id, config, source, pipeline, store, now, sinks },
    book: poller.book,
    random: () => 0,
    patienceMs: 0,
  }
  return { poller, pipeline, budget, asker, desk: createBackfillDesk(parts) }
}
