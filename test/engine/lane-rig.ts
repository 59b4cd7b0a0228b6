/** A lane over a real store and log, with a sink that the test scripts. */
import { onTestFinished } from 'vitest'
import type { SinkConfig } from '../../src/config/config.ts'
import type { Batch, Sink } from '../../src/connector.ts'
import { createEntryReader } from '../../src/deliver/entries.ts'
import { createGate, type Gate } from '../../src/deliver/gate.ts'
import { createLane, type Lane } from '../../src/deliver/lane.ts'
import { createLaneBook } from '../../src/deliver/lane-book.ts'
import { openLaneState } from '../../src/deliver/lane-state.ts'
import { compileRules } from '../../src/deliver/rules.ts'
import { createSettler } from '../../src/deliver/settler.ts'
import type { Unpacked } from '../../src/deliver/unpacked.ts'
import { createWriter } from '../../src/deliver/writer.ts'
import { silentLogger } from '../../src/lib/logger.ts'
import { silentMetrics } from '../../src/ops/metrics.ts'
import { delivered, every, type Outcome } from '../../src/outcome.ts'
import type { Pipeline } from '../../src/pipeline.ts'
import { openSqliteStore } from '../../src/spool/sqlite/store.ts'
import type { LogBounds, Store } from '../../src/spool/store.ts'
import { sinkConfig } from './sample-config.ts'
import { tempFolder } from './temp-folder.ts'

export type Answer = (batch: Batch, signal: AbortSignal) => Promise<readonly Outcome[]> | readonly Outcome[]

interface ScriptedSink extends Sink {
  /** Uids of every write, in order. */
  readonly writes: string[][]
  /** Uids whose outcome was `delivered`, in order. */
  readonly taken: string[]
  /** Outcomes of the next writes; once these are used up, everything is delivered. */
  readonly answers: Answer[]
  /** Outcomes of all writes from now on. */
  always(answer: Answer): void
}

export function scriptedSink(): ScriptedSink {
  let usual: Answer = ({ events }) => every(events.length, delivered)
  const sink: ScriptedSink = {
    writes: [],
    taken: [],
    answers: [],
    always(answer) {
      usual = answer
    },
    async write(batch, signal) {
      sink.writes.push(batch.events.map(({ uid }) => uid))
      const outcomes = await (sink.answers.shift() ?? usual)(batch, signal)
      batch.events.forEach(({ uid }, at) => {
        if (outcomes[at]?.kind === 'delivered') sink.taken.push(uid)
      })
      return outcomes
    },
    close: async () => {},
  }
  return sink
}

/** Gives every event this outcome. */
export const all =
  (outcome: Outcome): Answer =>
  ({ events }) =>
    every(events.length, outcome)

/** Does not answer until the lane is aborted, like a receiver that hangs. */
export const hang: Answer = (_, signal) =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

export function openStore(): Store {
  const store = openSqliteStore(tempFolder())
  onTestFinished(() => store.close())
  return store
}

interface LaneRig {
  readonly lane: Lane
  readonly gate: Gate
  /** Reads the logs again and delivers until nothing waits. */
  deliver(): Promise<void>
  stop(): Promise<void>
}

/** A lane as the engine opens it, from the store's content. It is stopped after the test. */
export async function openLane(
  store: Store,
  sink: Sink,
  changes: Partial<SinkConfig> = {},
  pipeline?: Pipeline,
  unpacked?: Unpacked,
  logger = silentLogger,
): Promise<LaneRig> {
  const config = sinkConfig(changes)
  const { id } = config
  const now = Date.now
  const logs = new Map<string, LogBounds>()
  const look = async () => {
    for (const source of config.sources) logs.set(source, await store.bounds(source))
  }
  await look()
  const log = (source: string) => logs.get(source) ?? { start: 0, end: 0, bytes: 0 }
  const quiet = { metrics: silentMetrics, logger }
  const book = createLaneBook(openLaneState(await store.loadLane(id), config, log, silentLogger))
  const gate = createGate({ maxBackoffMs: config.retry.maxBackoffMs, now, random: () => 1 })
  const noteFailure = (reason: string) => book.note({ lastError: reason })
  const writer = createWriter({
    ...quiet,
    config,
    sink,
    gate,
    store,
    now,
    organizationOf: (source) => source,
    noteFailure,
  })
  const settler = createSettler(store)
  const rules = compileRules(config)
  const entries = createEntryReader(store, unpacked)
  const logEnd = (source: string) => log(source).end
  const parts = { ...quiet, config, rules, book, entries, settler, gate, writer }
  const lane = pipeline === undefined ? createLane({ ...parts, store, now, logEnd }) : pipeline.lane(parts)
  const stop = async () => {
    lane.abort()
    await lane.stop()
    settler.stop()
  }
  onTestFinished(stop)
  return {
    lane,
    gate,
    async deliver() {
      await look()
      void lane.run()
      lane.flush()
      await waitFor(lane.isDrained)
    },
    stop,
  }
}

/** Resolves once the condition holds or the test is over; the test's own time limit is the bound. */
export async function waitFor(condition: () => boolean | Promise<boolean>): Promise<void> {
  let isOver = false
  onTestFinished(() => {
    isOver = true
  })
  while (!isOver && !(await condition())) await new Promise((resolve) => setTimeout(resolve, 1))
}
