/** The engine: runs polls and lanes, answers for them, and stops gracefully. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type EngineParts, openComponents, type SinkUnit, type SourceUnit } from './components.ts'
import { noDelta } from './deliver/settler.ts'
import { engineStatus, leftUndone } from './engine-status.ts'
import { messageOf } from './errors.ts'
import { createPatience } from './schedule/patience.ts'
import { runRepeatedly } from './schedule/timers.ts'
import type { EngineApi } from './server/engine-api.ts'
import { SPOOL_FULL } from './spool/room.ts'

export interface Engine extends EngineApi {
  /** Polls and delivers until stopped. */
  run(): Promise<void>
  /** Polls every source to its end and delivers everything. Answers what stayed undone, empty when nothing did. */
  once(): Promise<string[]>
  /** Stops polling, finishes or gives back what is under way, closes connectors and store within the time. */
  stop(withinMs: number): Promise<void>
}

/** Longest wait that `run --once` accepts of a source or sink. */
export const ONCE_PATIENCE_MS = 10_000
/** Longest that all waits may take for a source that brings nothing in between. */
const ONCE_WAITS_MS = 30_000
/** The same of a sink when the engine stops: its events wait in the spool, and a reload must not hold up the others. */
const STOP_PATIENCE_MS = 500
const TRIM_EVERY_MS = 500
const PRUNE_EVERY_MS = 3_600_000
/** Kept back of the time to stop, for sinks to settle after the abort. */
const ABORT_MARGIN_MS = 1_500

export async function openEngine(it: EngineParts): Promise<Engine> {
  const { store, logger, now } = it
  const components = await openComponents(it)
  const { pipeline, settler, sources, sinks } = components
  const startedAt = new Date(now()).toISOString()
  const limitBytes = it.config.state.maxSpoolBytes
  const status = () => engineStatus({ components, store, version: it.version, startedAt, limitBytes, now })
  const polling = new AbortController()
  let running = false

  const trim = async () => {
    await pipeline.trim().catch((error: unknown) => {
      logger.warn('the spool could not be trimmed', { reason: messageOf(error) })
    })
    return TRIM_EVERY_MS
  }

  const prune = async () => {
    for (const { config, poller } of sources) {
      await pipeline.prune(config, poller.state()).catch((error: unknown) => {
        logger.warn('the ledger could not be pruned', { source: config.id, reason: messageOf(error) })
      })
    }
    return PRUNE_EVERY_MS
  }

  /** Also what is noted of a lane that had nothing to settle, such as its last error. */
  const storeLanes = () =>
    Promise.all(sinks.map(({ config: { id }, lane }) => settler.settle(id, lane.book.snapshot, noDelta)))

  const startLanes = () => {
    running = true
    for (const { lane } of sinks) void lane.run()
  }

  /** Waits until nothing is left to deliver, or what is left would have to wait for longer than the patience. */
  const drain = async (until: number, patienceMs: number) => {
    for (const { lane } of sinks) lane.flush()
    const isOpen = (unit: SinkUnit) => !unit.lane.drained() && !blocked(unit, patienceMs)
    while (now() < until && sinks.some(isOpen)) await sleep(10)
  }

  const blocked = ({ lane }: SinkUnit, patienceMs: number): boolean => {
    if (settler.trouble() !== undefined || lane.trouble() !== undefined) return true
    const trouble = lane.gate.trouble()
    if (trouble === undefined) return false
    // Counted from the first failure: many short waits are a long one.
    return trouble.kind === 'pause' || trouble.retryAt - trouble.since > patienceMs
  }

  /** Polls until a poll succeeds; answers why it did not, if that would take long. */
  const pollToEnd = async ({ config: { id }, loop, poller }: SourceUnit): Promise<string | undefined> => {
    const patience = createPatience({ oneWaitMs: ONCE_PATIENCE_MS, allWaitsMs: ONCE_WAITS_MS })
    for (;;) {
      const { polled } = poller.state()
      const wait = await loop.turn(polling.signal)
      const { state, reason } = loop.health()
      if (reason === '' && state !== 'catching_up') return undefined
      const isHeldUp = reason === SPOOL_FULL && sinks.some((unit) => blocked(unit, ONCE_PATIENCE_MS))
      const isTooLong = patience.isOver(wait, reason === SPOOL_FULL || poller.state().polled > polled)
      const endless = state === 'paused' || isTooLong || isHeldUp || polling.signal.aborted
      if (endless) return `source ${id}: ${reason}`
      await sleep(reason === '' ? 0 : wait, undefined, { signal: polling.signal }).catch(() => undefined)
    }
  }

  return {
    status,
    readiness: () => ({ ready: running, reasons: running ? [] : ['the engine is starting or stopping'] }),
    deadLetters: (query) => store.deadLetters(query),
    async queueDeadLetters(query) {
      const queued = await store.queueDeadLetters(query)
      for (const { lane } of sinks) lane.wakeForLetters()
      return queued
    },
    dropDeadLetters: (query) => store.dropDeadLetters(query),

    async run() {
      logger.info('engine runs', { sources: sources.length, sinks: sinks.length })
      startLanes()
      const polls = sources.map(({ loop }) => runRepeatedly(loop.turn, polling.signal))
      await Promise.all([...polls, runRepeatedly(trim, polling.signal), runRepeatedly(prune, polling.signal)])
    },

    async once() {
      const before = await status()
      startLanes()
      const trimming = runRepeatedly(trim, polling.signal)
      const undone = (await Promise.all(sources.map(pollToEnd))).filter((reason) => reason !== undefined)
      await drain(Number.POSITIVE_INFINITY, ONCE_PATIENCE_MS)
      polling.abort()
      await trimming
      return [...undone, ...leftUndone(before, await status())]
    },

    async stop(withinMs) {
      const deadline = now() + withinMs
      running = false
      polling.abort(new Error('the engine stops'))
      await drain(deadline - ABORT_MARGIN_MS, STOP_PATIENCE_MS)
      const abort = () => {
        for (const { lane } of sinks) lane.abort()
      }
      const stopped = Promise.all(sinks.map(({ lane }) => lane.stop())).then(storeLanes)
      const grace = sinks.some((unit) => blocked(unit, STOP_PATIENCE_MS))
        ? 0
        : deadline - ABORT_MARGIN_MS - now()
      const timer = setTimeout(abort, Math.max(0, grace))
      await Promise.race([stopped, sleep(Math.max(0, deadline - now()), undefined, { ref: false })])
      clearTimeout(timer)
      settler.stop()
      await components.close()
      await trim()
      await store.close()
    },
  }
}
