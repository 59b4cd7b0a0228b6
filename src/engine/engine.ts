/** The engine: runs polls and lanes, answers for them, and stops gracefully. */
import { setTimeout as sleep } from 'node:timers/promises'
import { testSink } from '../deliver/sink-test.ts'
import { documentOf } from '../mirror/mirror.ts'
import { createRates, lookingAt } from '../ops/rates.ts'
import { scheduledReconciles } from '../reconcile/scheduled.ts'
import { readingOf } from '../replay/readings.ts'
import { replaySlice } from '../replay/replay.ts'
import type { ReplayRequest } from '../replay/request.ts'
import type { Schedule } from '../schedule/schedule.ts'
import { createTimers, runRepeatedly } from '../schedule/timers.ts'
import { createArchives } from './archives.ts'
import { createBackfills } from './backfills.ts'
import { type EngineParts, openComponents } from './components.ts'
import { laneDuty, pollDuty, pollWhenMended } from './duties.ts'
import type { EngineApi } from './engine-api.ts'
import { forgetHealth, leaveHealth } from './last-health.ts'
import { ledgerDays } from './ledger-days.ts'
import { componentOf, sinkOf } from './named-component.ts'
import { watchWrites } from './readiness.ts'
import { createReconciles } from './reconciles.ts'
import { createSinglePass, drain, isBlocked, pollToEnd, type SinglePass } from './single-pass.ts'
import { engineStatus } from './status.ts'
import { createUpkeep } from './upkeep.ts'

export interface Engine extends EngineApi, SinglePass {
  /** Polls and delivers until stopped. */
  run(): Promise<void>
  /** Stops polling, finishes or gives back what is under way, closes connectors and store within the time. */
  stop(withinMs: number): Promise<void>
}

/** Longest wait for a sink when the engine stops: its events wait in the spool, and a reload must not hold up the others. */
const STOP_PATIENCE_MS = 500
/** The part of the time to stop that is reserved for sinks to settle after the abort. */
const ABORT_MARGIN_MS = 1_500
/** Reserved for closing connectors, mirror and store, since a Redis that hangs delays each; a part of it if time is short. */
const CLOSING_MS = { most: 2_000, part: 1 / 4 }

export async function openEngine(parts: EngineParts, schedule: Schedule = createTimers()): Promise<Engine> {
  const { store, readiness } = watchWrites(parts.store)
  const it = { ...parts, store }
  const { logger, now } = it
  const isAlone = store.runtime === 'embedded'
  const wakeOthers = (source: string) => {
    const taking = components.sinks.filter(({ config }) => config.sources.includes(source))
    schedule.wake(taking.filter(({ held }) => held() === undefined).map(({ config }) => config.id))
  }
  const components = await openComponents(it, wakeOthers)
  const { sources, sinks, pauses, archives } = components
  const startedAt = new Date(now()).toISOString()
  const rates = createRates(now)
  const lastRead = { sources: new Map(), sinks: new Map() }
  const status = () => engineStatus({ ...it, components, startedAt, rates, lastRead })
  const polling = new AbortController()
  const { signal } = polling
  let running = false
  /** Whether all lanes run in this process until it stops, so that it must empty them. */
  let lanesRun = false

  const held = () => sinks.flatMap((unit) => unit.held() ?? [])

  const upkeep = createUpkeep(it, components)

  const replay = async (request: ReplayRequest) => {
    const open = async ({ id }: { id: string }) => readingOf(components, id, now)
    const slice = await replaySlice({ ...it, archives, drains: true, signal, open }, request)
    wakeForLetters()
    return slice
  }
  const reconciles = createReconciles({ ...it, sources, replay }, signal)

  const wakeForLetters = () => {
    for (const { lane } of held()) lane.wakeForLetters()
    schedule.wake(sinks.filter((unit) => unit.held() === undefined).map(({ config }) => config.id))
  }

  const startLanes = async () => {
    running = true
    lanesRun = true
    if (isAlone) await forgetHealth(store).catch(() => undefined)
    for (const { lane } of held()) void lane.run()
  }

  /** Lanes send until shortly before `end`; what is under way by then is aborted, and has the rest of the time to settle. */
  const stopLanes = async (end: number) => {
    const sendEnd = end - ABORT_MARGIN_MS
    // On a shared store, what is not under way yet is left to other workers; and lanes that never ran drain nothing.
    if (lanesRun) await drain(held, sendEnd, STOP_PATIENCE_MS)
    const hopeless = held().some((one) => isBlocked(one, STOP_PATIENCE_MS))
    const stopped = Promise.all(sinks.map((unit) => unit.give()))
    // Never at once: the probe of a recovering sink may be about to be answered.
    const patience = Math.min(leftUntil(sendEnd), hopeless ? STOP_PATIENCE_MS : Number.POSITIVE_INFINITY)
    const timer = setTimeout(() => held().forEach(({ lane }) => void lane.abort()), patience)
    await within(leftUntil(end), stopped)
    clearTimeout(timer)
  }

  const backfills = createBackfills({
    sources,
    sinks: it.config.sinks,
    store,
    signal,
    now,
    pollToEnd: (unit) => pollToEnd(unit, held, signal),
  })
  const passing = { config: it.config, store, backfills, upkeep, polling, status, startLanes, held }

  return {
    status,
    organizations: () => sources.map(({ source }) => source.organization),
    ...createSinglePass({ ...components, ...passing }),
    ...createArchives(it, sinks, signal),
    backfills: backfills.status,
    cancelBackfill: backfills.cancel,
    async startBackfill(order) {
      const { loop } = await backfills.begin(order)
      // At once, not when its next poll is due.
      if (running) void loop.turn(signal)
    },
    pause: (kind, id, by) => pauses.pause(componentOf(it.config, kind, id), by),
    resume: (kind, id) => pauses.resume(componentOf(it.config, kind, id)),
    testSink: (id) => testSink(sinkOf(it.config, id), { send: true }),
    readiness: () => readiness(running, pauses.reason),
    exportState: () => documentOf(it.config, store, now()),
    deadLetters: (query) => store.deadLetters(query),
    async queueDeadLetters(query) {
      const queued = await store.queueDeadLetters(query)
      wakeForLetters()
      return queued
    },
    replay,
    dropDeadLetters: (query) => store.dropDeadLetters(query),
    ledger: (query) => ledgerDays(it.config, store, query, now() / 1_000),
    reconcile: reconciles.make,
    reconciling: reconciles.underWay,

    async run() {
      logger.info('engine runs', { sources: sources.length, sinks: sinks.length })
      running = true
      // Where work is shared, a lane is held only while it has something to do.
      if (isAlone) await startLanes()
      else await Promise.all(sinks.map((unit) => unit.give()))
      const duties = {
        polls: sources.map(pollDuty(it, components)),
        lanes: sinks.map(laneDuty(it, components)),
      }
      for (const { id, turn } of duties.polls) {
        // At once, not when the next poll is due.
        pauses.watch(`source ${id}`, (reason) => reason === undefined && void turn(signal))
      }
      const mended = pollWhenMended(store, duties.polls, signal)
      await Promise.all([
        schedule.run(duties, signal),
        ...[...upkeep.tasks, mended, lookingAt(status), ...scheduledReconciles(it, reconciles.make)].map(
          (task) => runRepeatedly(task, signal),
        ),
      ])
    },

    async stop(withinMs) {
      const end = performance.now() + withinMs
      const half = () => leftUntil(end) / 2
      const last = running && isAlone ? await status().catch(() => undefined) : undefined
      running = false
      polling.abort(new Error('the engine stops'))
      await stopLanes(end - Math.min(CLOSING_MS.most, withinMs * CLOSING_MS.part))
      await within(half(), components.close())
      await it.mirror?.close(half())
      if (store.trouble() === undefined) await within(half(), upkeep.trim())
      // This fails on a full disk, for instance: then `status` says less while no engine runs.
      if (last !== undefined) await leaveHealth(store, last).catch(() => undefined)
      await store.close(half())
    },
  }
}

/** Milliseconds. */
function leftUntil(end: number): number {
  return Math.max(0, end - performance.now())
}

/** Waits for the work, but no longer than this. */
async function within(ms: number, work: Promise<unknown>): Promise<void> {
  const done = new AbortController()
  // Its timer keeps the process alive: the store is still to be closed.
  const late = sleep(ms, undefined, { signal: done.signal }).catch(() => undefined)
  await Promise.race([work, late]).finally(() => done.abort())
}
