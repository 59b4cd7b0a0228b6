/** The engine: runs polls and lanes, answers for them, and stops gracefully. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type EngineParts, openComponents } from './components.ts'
import { testSink } from './deliver/sink-test.ts'
import { laneDuty, pollDuty, pollWhenMended } from './duties.ts'
import { createArchives } from './engine-archives.ts'
import { createBackfills, type TellBegin } from './engine-backfills.ts'
import { engineStatus, isBlocked, leftUndone, leftUnsent } from './engine-status.ts'
import { forgetHealth, leaveHealth } from './last-health.ts'
import { ledgerDays } from './ledger-days.ts'
import { documentOf } from './mirror/mirror.ts'
import { componentOf, sinkOf } from './operator-pause.ts'
import { createRates, lookingAt } from './ops/rates.ts'
import { watchWrites } from './readiness.ts'
import { scheduledReconciles } from './reconcile/scheduled.ts'
import { createReconciles } from './reconcile/under-way.ts'
import { readingOf } from './replay/readings.ts'
import { replaySlice } from './replay/replay.ts'
import type { ReplayRequest } from './replay/request.ts'
import { createPatience } from './schedule/patience.ts'
import type { Schedule } from './schedule/schedule.ts'
import { createTimers, runRepeatedly } from './schedule/timers.ts'
import type { BackfillOrder, EngineApi } from './server/engine-api.ts'
import type { HeldLane } from './sink-unit.ts'
import type { SourceUnit } from './source-unit.ts'
import { isForWantOfRoom } from './spool/room.ts'
import { createUpkeep } from './upkeep.ts'

export interface Engine extends EngineApi {
  /** Polls and delivers until stopped. */
  run(): Promise<void>
  /** Polls every source to its end and delivers everything. Answers what stayed undone, empty when nothing did. */
  once(): Promise<string[]>
  /** Walks one backfill, beside the polls of its source, and delivers. Answers what stayed undone. `tell` is told of its begin. */
  backfill(order: BackfillOrder, tell?: TellBegin): Promise<string[]>
  /** Stops polling, finishes or gives back what is under way, closes connectors and store within the time. */
  stop(withinMs: number): Promise<void>
}

/** Longest wait that `run --once` accepts of a source or sink. */
export const ONCE_PATIENCE_MS = 10_000
/** Longest that all waits may take for a source that brings nothing in between. */
const ONCE_WAITS_MS = 30_000
/** The same of a sink when the engine stops: its events wait in the spool, and a reload must not hold up the others. */
const STOP_PATIENCE_MS = 500
/** Kept back of the time to stop, for sinks to settle after the abort. */
const ABORT_MARGIN_MS = 1_500
/** What the mirror gets at the end, however late it is. */
const LAST_COPY_MS = 500

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
  let running = false
  let isOnce = false

  const held = () => sinks.flatMap((unit) => unit.held() ?? [])

  const { trim, lookAtLeft, tasks } = createUpkeep(it, components)

  const replay = async (request: ReplayRequest) => {
    const open = async ({ id }: { id: string }) => readingOf(components, id, now)
    const slice = await replaySlice({ ...it, archives, drains: true, signal: polling.signal, open }, request)
    wakeForLetters()
    return slice
  }
  const reconciles = createReconciles({ ...it, sources, replay }, polling.signal)

  const wakeForLetters = () => {
    for (const { lane } of held()) lane.wakeForLetters()
    schedule.wake(sinks.filter((unit) => unit.held() === undefined).map(({ config }) => config.id))
  }

  const startLanes = async () => {
    running = true
    if (isAlone) await forgetHealth(store).catch(() => undefined)
    for (const { lane } of held()) void lane.run()
  }

  /** Waits until nothing is left to deliver, or what is left would have to wait for longer than the patience. */
  const drain = async (until: number, patienceMs: number) => {
    for (const { lane } of held()) lane.flush()
    const isOpen = (it: HeldLane) => !it.lane.drained() && !isBlocked(it, patienceMs)
    while (performance.now() < until && held().some(isOpen)) await sleep(10)
  }

  /** Polls until a poll succeeds; answers why it did not, if that would take long. */
  const pollToEnd = async ({ config: { id }, loop, poller }: SourceUnit): Promise<string | undefined> => {
    const patience = createPatience({ oneWaitMs: ONCE_PATIENCE_MS, allWaitsMs: ONCE_WAITS_MS })
    for (;;) {
      const { polled } = poller.state()
      const wait = await loop.turn(polling.signal)
      const { state, reason } = loop.health()
      if (reason === '' && state !== 'catching_up') return undefined
      const isFull = isForWantOfRoom(reason)
      const isHeldUp = isFull && held().some((one) => isBlocked(one, ONCE_PATIENCE_MS))
      const isTooLong = patience.isOver(wait, isFull || poller.state().polled > polled)
      const endless = state === 'paused' || isTooLong || isHeldUp || polling.signal.aborted
      if (endless) return `source ${id}: ${reason}`
      await sleep(reason === '' ? 0 : wait, undefined, { signal: polling.signal }).catch(() => undefined)
    }
  }

  const { signal } = polling
  const backfills = createBackfills({ sources, sinks: it.config.sinks, store, signal, pollToEnd })

  return {
    status,
    organizations: () => sources.map(({ source }) => source.organization),
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
        schedule.run(duties, polling.signal),
        ...[...tasks, mended, lookingAt(status), ...scheduledReconciles(it, reconciles.make)].map((task) =>
          runRepeatedly(task, polling.signal),
        ),
      ])
    },

    async once() {
      isOnce = true
      const before = await status()
      await startLanes()
      const trimming = runRepeatedly(trim, polling.signal).then(lookAtLeft)
      const undone = (await Promise.all(sources.map(pollToEnd))).filter((reason) => reason !== undefined)
      await drain(Number.POSITIVE_INFINITY, ONCE_PATIENCE_MS)
      polling.abort()
      await trimming
      const all = sinks.map(({ config }) => config.id)
      const after = await status()
      const unsent = await leftUnsent(store, after.sinks)
      const paused = all.flatMap((id) => {
        const reason = pauses.reason(`sink ${id}`)
        // One with events that wait is named with their number.
        return reason === undefined || after.sinks[id]?.backlogEvents !== 0 ? [] : [`sink ${id}: ${reason}`]
      })
      return [...undone, ...leftUndone(before, after), ...paused, ...unsent]
    },

    async backfill(order, tell = (begin) => begin()) {
      isOnce = true
      const before = await status()
      const unit = await tell(() => backfills.begin(order))
      if (!order.dryRun) await startLanes()
      const trimming = order.dryRun ? undefined : runRepeatedly(trim, signal)
      const undone = await backfills.finish(unit, order)
      if (!order.dryRun) await drain(Number.POSITIVE_INFINITY, ONCE_PATIENCE_MS)
      // Lanes that other processes hold are theirs to empty; what a source left open is in the backfill's own status.
      const open = new Set(held().flatMap(({ lane }) => (lane.drained() ? [] : [lane.config.id])))
      polling.abort()
      await trimming
      const after = await status()
      const openSinks = Object.entries(after.sinks).filter(([id]) => open.has(id))
      const mine = { ...after, sources: {}, sinks: Object.fromEntries(openSinks) }
      const openTakers = openSinks.filter(([id]) => order.sinks?.includes(id))
      const unsent = await leftUnsent(store, Object.fromEntries(openTakers))
      const left = order.dryRun ? [] : [...leftUndone(before, mine), ...unsent]
      return undone === undefined ? left : [undone, ...left]
    },

    async stop(withinMs) {
      const deadline = performance.now() + withinMs
      const left = (least = 0) => Math.max(least, deadline - performance.now())
      // Lanes that never ran drain nothing.
      const drains = running && (isAlone || isOnce)
      const last = running && isAlone ? await status().catch(() => undefined) : undefined
      running = false
      polling.abort(new Error('the engine stops'))
      // What is not under way yet is for the others, where there are any.
      if (drains) await drain(deadline - ABORT_MARGIN_MS, STOP_PATIENCE_MS)
      const abort = () => held().forEach(({ lane }) => void lane.abort())
      const hopeless = held().some((one) => isBlocked(one, STOP_PATIENCE_MS))
      const stopped = Promise.all(sinks.map((unit) => unit.give()))
      const timer = setTimeout(abort, hopeless ? 0 : left(ABORT_MARGIN_MS) - ABORT_MARGIN_MS)
      await Promise.race([stopped, sleep(left(), undefined, { ref: false })])
      clearTimeout(timer)
      await components.close()
      await it.mirror?.close(left(LAST_COPY_MS))
      // A Redis that hangs answers nothing.
      await Promise.race([store.trouble() ?? trim(), sleep(left(ABORT_MARGIN_MS), 0, { ref: false })])
      // A full disk, for one, keeps it from being told.
      if (last !== undefined) await leaveHealth(store, last).catch(() => undefined)
      await store.close()
    },
  }
}
