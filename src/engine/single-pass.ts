/**
 * Runs that end by themselves: a pass over everything (`run --once`), and one backfill without a service. Both wait only
 * so long for a source or a sink, and answer what remained undone.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { counted } from '../lib/counted.ts'
import type { Status } from '../ops/status.ts'
import { runRepeatedly } from '../schedule/timers.ts'
import type { Backfills, RecordBegin } from './backfills.ts'
import type { Components, EngineParts } from './components.ts'
import type { BackfillOrder } from './engine-api.ts'
import type { HeldLane } from './sink-unit.ts'
import type { SourceUnit } from './source-unit.ts'
import { allUnsent, leftUnsent } from './unsent.ts'
import type { Upkeep } from './upkeep.ts'

export interface SinglePass {
  /** Polls every source to its end and delivers everything. Answers what remained undone; empty if nothing. */
  once(): Promise<string[]>
  /** Walks one backfill beside its source's polls, and delivers. Answers what remained undone. */
  backfill(order: BackfillOrder, recordBegin?: RecordBegin): Promise<string[]>
}

interface SinglePassParts
  extends Pick<EngineParts, 'config' | 'store'>,
    Pick<Components, 'sources' | 'sinks' | 'pauses'> {
  readonly backfills: Pick<Backfills, 'begin' | 'finish'>
  readonly upkeep: Pick<Upkeep, 'trim' | 'prune' | 'lookAtLeft'>
  /** Aborted when nothing more is to be polled. */
  readonly polling: AbortController
  status(): Promise<Status>
  startLanes(): Promise<void>
  held(): readonly HeldLane[]
}

/** The longest single wait for a source or sink. */
export const ONCE_PATIENCE_MS = 10_000
/** The longest that all waits together may take for a source that brings nothing in between. */
const ONCE_WAITS_MS = 30_000

export function createSinglePass(it: SinglePassParts): SinglePass {
  const { config, store, sources, sinks, pauses, backfills, upkeep, polling, status, held } = it
  const { signal } = polling
  const deliverAll = () => drain(held, Number.POSITIVE_INFINITY, ONCE_PATIENCE_MS)

  return {
    async once() {
      const before = await status()
      await it.startLanes()
      const trimming = runRepeatedly(upkeep.trim, signal).then(upkeep.lookAtLeft)
      const polls = await Promise.all(sources.map((unit) => pollToEnd(unit, held, signal)))
      await deliverAll()
      await tendAll(held, signal)
      // Otherwise a state that only single passes use would grow for ever.
      if (!signal.aborted) await upkeep.prune()
      polling.abort()
      await trimming
      const after = await status()
      const paused = sinks.flatMap(({ config: { id } }) => {
        const reason = pauses.reason(`sink ${id}`)
        // A sink with waiting events is reported below, with their number.
        return reason === undefined || after.sinks[id]?.backlogEvents !== 0 ? [] : [`sink ${id}: ${reason}`]
      })
      const undone = polls.filter((reason) => reason !== undefined)
      const unsent = await allUnsent(config, store, after.sinks)
      return [...undone, ...leftUndone(before, after), ...paused, ...unsent]
    },

    async backfill(order, recordBegin = (begin) => begin()) {
      const before = await status()
      const unit = await recordBegin(() => backfills.begin(order))
      if (order.dryRun) {
        const undone = await backfills.finish(unit, order)
        polling.abort()
        return undone === undefined ? [] : [undone]
      }
      await it.startLanes()
      const trimming = runRepeatedly(upkeep.trim, signal)
      const undone = await backfills.finish(unit, order)
      await deliverAll()
      // Other processes empty the lanes that they hold; what a source left open is in the backfill's own status.
      const open = new Set(held().flatMap(({ lane }) => (lane.isDrained() ? [] : [lane.config.id])))
      polling.abort()
      await trimming
      const after = await status()
      const openSinks = Object.entries(after.sinks).filter(([id]) => open.has(id))
      const mine = { ...after, sources: {}, sinks: Object.fromEntries(openSinks) }
      const openTakers = openSinks.filter(([id]) => order.sinks?.includes(id))
      const unsent = await leftUnsent(store, Object.fromEntries(openTakers))
      return [...(undone === undefined ? [] : [undone]), ...leftUndone(before, mine), ...unsent]
    },
  }
}

/** Polls until a poll succeeds; answers why none did, if that would take too long. */
export async function pollToEnd(
  { config: { id }, loop, poller }: SourceUnit,
  held: () => readonly HeldLane[],
  signal: AbortSignal,
): Promise<string | undefined> {
  const patience = createPatience({ oneWaitMs: ONCE_PATIENCE_MS, allWaitsMs: ONCE_WAITS_MS })
  for (;;) {
    const { polled } = poller.state()
    const wait = await loop.turn(signal)
    const { state, reason } = loop.health()
    if (reason === '' && state !== 'catching_up') return undefined
    const waitsForSinks = loop.waitsForSinks()
    const isHeldUp = waitsForSinks && held().some((one) => isBlocked(one, ONCE_PATIENCE_MS))
    const isTooLong = patience.isOver(wait, waitsForSinks || poller.state().polled > polled)
    if (state === 'paused' || isTooLong || isHeldUp || signal.aborted) {
      // `idle` is only what was not polled here; and what is polled here has a reason to wait.
      const isElsewhere = reason === '' || state === 'idle'
      return `source ${id}: ${isElsewhere ? 'another process is polling it, or walks a backfill of it' : reason}`
    }
    await sleep(reason === '' ? 0 : wait, undefined, { signal }).catch(() => undefined)
  }
}

/** Limits how long a single pass waits for a source: no single long wait, and no endless row of short ones. */
export function createPatience(limits: { readonly oneWaitMs: number; readonly allWaitsMs: number }) {
  let waited = 0
  return {
    /** Whether a wait is too long, by itself or together with those before; progress resets the sum. */
    isOver(waitMs: number, progressed: boolean): boolean {
      waited = progressed ? waitMs : waited + waitMs
      return waitMs > limits.oneWaitMs || waited > limits.allWaitsMs
    },
  }
}

/** Waits until nothing is left to deliver, or what is left would have to wait for longer than the patience. */
export async function drain(
  held: () => readonly HeldLane[],
  until: number,
  patienceMs: number,
): Promise<void> {
  for (const { lane } of held()) lane.flush()
  const isOpen = (it: HeldLane) => !it.lane.isDrained() && !isBlocked(it, patienceMs)
  while (performance.now() < until && held().some(isOpen)) await sleep(10)
}

/** Waits for what was due when the lanes were taken: a manifest, retention. A sink in trouble is not waited for. */
async function tendAll(held: () => readonly HeldLane[], signal: AbortSignal): Promise<void> {
  const isOpen = (it: HeldLane) => !it.hasTended() && !isBlocked(it, ONCE_PATIENCE_MS)
  while (!signal.aborted && held().some(isOpen)) await sleep(10)
}

/** Whether the lane delivers nothing, or would have to wait for longer than the patience. */
export function isBlocked({ lane, settler, claim }: HeldLane, patienceMs: number): boolean {
  if (claim.signal.aborted || settler.trouble() !== undefined || lane.trouble() !== undefined) return true
  const trouble = lane.gate.trouble()
  if (trouble === undefined) return false
  // Counted from the first failure: many short waits add up to a long one.
  return trouble.kind === 'pause' || trouble.retryAt - trouble.since > patienceMs
}

/** Undelivered events, newly quarantined records, newly marked gaps. Dead letters count as done. */
function leftUndone(before: Status, after: Status): string[] {
  const undone: string[] = []
  for (const [id, source] of Object.entries(after.sources)) {
    const earlier = before.sources[id]
    const quarantined = source.quarantined - (earlier?.quarantined ?? 0)
    if (quarantined > 0) undone.push(`source ${id}: ${counted(quarantined, 'record')} quarantined`)
    const known = new Set(earlier?.gaps.map((gap) => gap.second))
    const gaps = source.gaps.filter((gap) => !known.has(gap.second)).length
    if (gaps > 0) undone.push(`source ${id}: ${counted(gaps, 'second')} could not be proven complete`)
  }
  for (const [id, sink] of Object.entries(after.sinks)) {
    if (sink.backlogEvents === 0) continue
    const reason = sink.reason === '' ? '' : ` (${sink.reason})`
    undone.push(`sink ${id}: ${counted(sink.backlogEvents, 'event')} undelivered${reason}`)
  }
  return undone
}
