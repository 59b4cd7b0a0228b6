/** Opens what the configuration names: each source with its polls, each sink with its lane. */
import type { Config, SinkConfig, SourceConfig } from './config/config.ts'
import type { Sink, Source } from './connector.ts'
import { createEntryReader, type EntryReader } from './deliver/entries.ts'
import { createGate } from './deliver/gate.ts'
import type { Lane } from './deliver/lane.ts'
import { createLaneBook } from './deliver/lane-book.ts'
import { openLaneState } from './deliver/lane-state.ts'
import { compileRules } from './deliver/rules.ts'
import { createSettler, noDelta, type Settler } from './deliver/settler.ts'
import { createWriter } from './deliver/writer.ts'
import { lineFormat } from './formats/formats.ts'
import type { Logger } from './lib/logger.ts'
import type { Metrics } from './ops/metrics.ts'
import { createPipeline, type Pipeline } from './pipeline.ts'
import { createAsker } from './poll/asker.ts'
import { createBudget } from './poll/budget.ts'
import { createPollLoop, type PollLoop } from './poll/poll-loop.ts'
import { createPoller, type Poller } from './poll/poller.ts'
import { createRoom, type Room } from './spool/room.ts'
import { freshSource, type LogBounds, type Store } from './spool/store.ts'

export interface EngineParts {
  readonly config: Config
  readonly store: Store
  readonly metrics: Metrics
  readonly logger: Logger
  readonly version: string
  readonly now: () => number
  readonly random: () => number
  /** How long a source may wait for its request budget: for ever in the service, seconds in `run --once`. */
  readonly patienceMs: number
}

export interface SourceUnit {
  readonly config: SourceConfig
  readonly source: Source
  readonly poller: Poller
  readonly loop: PollLoop
}

export interface SinkUnit {
  readonly config: SinkConfig
  readonly sink: Sink
  readonly lane: Lane
}

export interface Components {
  readonly pipeline: Pipeline
  readonly settler: Settler
  readonly sources: readonly SourceUnit[]
  readonly sinks: readonly SinkUnit[]
  close(): Promise<void>
}

export async function openComponents(it: EngineParts): Promise<Components> {
  const { config, store, metrics, logger, now } = it
  const logs = new Map<string, LogBounds>()
  for (const id of Object.keys(config.sources)) logs.set(id, await store.bounds(id))
  const room = createRoom(config.state.maxSpoolBytes, now)
  const pipeline = createPipeline({ store, room, metrics, logger, now, logs })
  const settler = createSettler(store)
  const entries = createEntryReader(store)

  const sources: SourceUnit[] = []
  for (const source of Object.values(config.sources))
    sources.push(await openSource(it, pipeline, room, source))
  const organizations = new Map(sources.map((unit) => [unit.config.id, unit.source.organization]))
  const sinks: SinkUnit[] = []
  for (const sink of Object.values(config.sinks).filter(({ enabled }) => enabled)) {
    sinks.push(await openSink(it, { pipeline, settler, entries, organizations }, sink))
  }
  // A lane's place is stored before the first event is spooled: after a crash it must not look like a new lane.
  await Promise.all(sinks.map(({ config: { id }, lane }) => settler.settle(id, lane.book.snapshot, noDelta)))
  return {
    pipeline,
    settler,
    sources,
    sinks,
    async close() {
      const closing = [
        ...sinks.map(({ sink }) => sink.close()),
        ...sources.map(({ source }) => source.close()),
      ]
      await Promise.allSettled(closing)
    },
  }
}

async function openSource(
  it: EngineParts,
  pipeline: Pipeline,
  room: Room,
  config: SourceConfig,
): Promise<SourceUnit> {
  const { store, metrics, now, random, version, patienceMs } = it
  const { id, definition, options, connection, requestsPerMinute, pollEveryMs } = config
  const logger = it.logger.child({ source: id })
  const source = definition.create(options, { id, logger, connection, now, version })
  const state = (await store.loadSource(id)) ?? freshSource
  const budget = createBudget({ requestsPerMinute, patienceMs, now })
  const asker = createAsker({ id, source, budget, metrics, now })
  const spoolPage = pipeline.spooler(config, source)
  const poller = createPoller({ config, asker, store, state, logger, now, spoolPage })
  const isSpoolFull = room.isFull
  const loop = createPollLoop({ poller, pollEveryMs, logger, now, random, isSpoolFull })
  return { config, source, poller, loop }
}

interface Shared {
  readonly pipeline: Pipeline
  readonly settler: Settler
  readonly entries: EntryReader
  readonly organizations: ReadonlyMap<string, string>
}

async function openSink(it: EngineParts, shared: Shared, config: SinkConfig): Promise<SinkUnit> {
  const { store, metrics, now, random, version } = it
  const { id, definition, options, connection, formulaGuard } = config
  const { pipeline, settler, entries, organizations } = shared
  const logger = it.logger.child({ sink: id })
  const format = lineFormat(config.format, { formulaGuard })
  const sink = definition.create(options, { id, logger, connection, now, version, format })
  const book = createLaneBook(openLaneState(await store.loadLane(id), config, pipeline.log, logger))
  const gate = createGate({ maxBackoffMs: config.retry.maxBackoffMs, now, random })
  const organizationOf = (source: string) => organizations.get(source) ?? source
  const noteFailure = (reason: string) => book.note({ lastError: reason })
  const writer = createWriter({ config, sink, gate, metrics, logger, now, organizationOf, noteFailure })
  const rules = compileRules(config)
  return {
    config,
    sink,
    lane: pipeline.lane({ config, rules, book, gate, writer, entries, settler, metrics, logger }),
  }
}
