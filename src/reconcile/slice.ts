/** One part of a range: what the source shows, what the ledger knows of it, and what became of it at each sink. */
import { setTimeout as sleep } from 'node:timers/promises'
import { countsKeptFrom } from '../ledger/minutes.ts'
import { notQuarantined } from '../page-counts.ts'
import type { Gap, SourceState } from '../spool/source-state.ts'
import type { Store } from '../spool/store.ts'
import { isBrought, isMixed } from './asked-for.ts'
import { compareMinute, type Difference, digestOf, type Hints } from './compare-minute.ts'
import { compareSink, type SinkSums } from './compare-sink.ts'
import { type LaneView, type Minutes, viewLedgers } from './lane-view.ts'
import type { SourceWait } from './progress.ts'
import type { ReadBack } from './read-sink.ts'
import { type ReadableSink, readSinks, type Seen } from './read-sinks.ts'
import { readSource, type SeenEvent, type SourceView } from './read-source.ts'
import type { ReconciledSource } from './reconciled-source.ts'
import type { FoundAtSink, ReconcileQuery } from './result.ts'

/** What a range is examined with, part by part. */
export interface Examination {
  readonly store: Store
  readonly unit: ReconciledSource
  /** As stored when the examination begins. */
  readonly state: SourceState
  readonly sinks: readonly ReadableSink[]
  readonly query: ReconcileQuery
  readonly now: () => number
  /** Events that were read, and how far down, Unix seconds. */
  onProgress(events: number, position: number, wait?: SourceWait): void
}

export interface Slice {
  readonly minutes: Minutes
  /** Of each minute what the ledger should know of it. What is kept of the events is small: a range may hold many. */
  readonly shown: ReadonlyMap<number, { readonly count: number; readonly digest: Uint8Array }>
  readonly ledger: ReadonlyMap<number, { readonly count: number; readonly digest: Uint8Array }>
  readonly unreadable: number
  /** By sink, then by minute. */
  readonly settled: ReadonlyMap<string, LaneView['ledger']>
  /** By minute; only those that differ. */
  readonly differences: ReadonlyMap<number, Difference<SeenEvent>>
  readonly pending: number
  readonly beforeStart: number
  /** Events in minutes of which the ledger keeps nothing any more. */
  readonly forgotten: number
  readonly notQuarantined: number
  readonly gaps: readonly Gap[]
  readonly sinks: ReadonlyMap<string, SinkPart>
}

interface SinkPart extends SinkSums {
  readonly found: FoundAtSink | undefined
  /** Why it could not be read back. */
  readonly failure: string | undefined
}

/** Before a second look: the first may have seen half of a settlement. */
const LOOK_AGAIN_MS = 500
const LOOKS = 3

export async function examineSlice(it: Examination, minutes: Minutes, signal: AbortSignal): Promise<Slice> {
  const { store, state, sinks, query, unit } = it
  const range = {
    from: Math.max(query.from, minutes.from * 60),
    to: Math.min(query.to, minutes.to * 60),
    source: query.source,
    organization: unit.source.organization,
  }
  const expect = new Map(sinks.flatMap((one) => (one.expect ? [[one.config.id, one.expect] as const] : [])))
  const source = await readSource({ ...it, expect }, minutes, signal)

  const { view, sums } = await compareSinks(it, minutes)
  const seen = { state, range, source, view }
  const { read, failures } = await readSinks(it, seen, signal)
  const compared = compareAll(seen, hintsOf([...read.values()]))
  return {
    minutes,
    ledger: new Map([...view.ledger].map(([minute, { count, digest }]) => [minute, { count, digest }])),
    unreadable: source.unreadable.length,
    settled: new Map([...view.lanes].map(([id, lane]) => [id, lane.ledger])),
    ...compared,
    notQuarantined: await countNotQuarantined(store, query.source, source),
    gaps: source.gaps.filter(({ second }) => second >= range.from && second < range.to),
    sinks: new Map(
      [...sums].map(([id, sum]) => [
        id,
        { ...sum, found: foundAt(read.get(id), compared.differences), failure: failures.get(id) },
      ]),
    ),
  }
}

async function compareSinks({ store, state, sinks, query: { source } }: Examination, minutes: Minutes) {
  const ids = sinks.map(({ config }) => config.id)
  const keptFrom = countsKeptFrom(state.checkpoint ?? 0)
  for (let looks = 1; ; looks++) {
    const view = await viewLedgers(store, source, ids, minutes)
    const sums = new Map<string, SinkSums>()
    for (const id of ids) sums.set(id, await compareSink(store, view, id, keptFrom))
    if (looks === LOOKS || [...sums.values()].every(({ faults }) => faults.length === 0))
      return { view, sums }
    await sleep(LOOK_AGAIN_MS)
  }
}

/** What the sinks hold of a minute. */
function hintsOf(read: readonly ReadBack[]): (minute: number) => Hints {
  const there = new Set(read.flatMap((one) => [...one.there]))
  const strangers = Map.groupBy(
    new Map(read.flatMap(({ found }) => found.extra.map((one) => [one.uid, one] as const))).values(),
    ({ time }) => Math.floor(Date.parse(time) / 60_000),
  )
  return (minute) => ({ there, strangers: (strangers.get(minute) ?? []).map(({ uid }) => uid) })
}

/** What the ledger turns out to know is not extra at the sink. */
function foundAt(
  read: ReadBack | undefined,
  differences: ReadonlyMap<number, Difference<SeenEvent>>,
): FoundAtSink | undefined {
  if (read === undefined) return undefined
  const parts = (time: string) => differences.get(Math.floor(Date.parse(time) / 60_000))?.extra ?? []
  const extra = read.found.extra.filter(({ uid, time }) => !parts(time).some((part) => uid.startsWith(part)))
  return { ...read.found, extra }
}

function compareAll({ state, range, source, view }: Seen, hints: (minute: number) => Hints) {
  const differences = new Map<number, Difference<SeenEvent>>()
  const shown = new Map<number, { readonly count: number; readonly digest: Uint8Array }>()
  const show = (minute: number, events: readonly SeenEvent[]) => {
    if (events.length > 0) shown.set(minute, { count: events.length, digest: digestOf(events) })
  }
  let pending = 0
  let beforeStart = 0
  let forgotten = 0
  const { start = 0, checkpoint = 0 } = state
  for (const minute of new Set([...source.minutes.keys(), ...view.ledger.keys()])) {
    const known = view.ledger.get(minute)
    // Where a backfill has been, the start is no bound.
    const isBound = known === undefined || minute === Math.floor(start / 60) || isMixed(state, minute)
    const first = isBound ? start : 0
    const isDue = ({ timestamp }: SeenEvent) =>
      timestamp < checkpoint && (timestamp >= first || isBrought(state, timestamp))
    const events = source.minutes.get(minute) ?? []
    const due = events.filter(isDue)
    const others = events.filter((event) => !isDue(event))
    const isAsked = ({ timestamp }: SeenEvent) => timestamp >= range.from && timestamp < range.to
    for (const { timestamp } of others.filter(isAsked)) {
      if (timestamp >= checkpoint) pending++
      else beforeStart++
    }
    if (known === undefined && minute < countsKeptFrom(checkpoint)) {
      forgotten += due.filter(isAsked).length
      show(minute, due)
      continue
    }
    const found = compareMinute(due, others, known, hints(minute))
    const missing = found.missing.filter(isAsked)
    const unasked = new Set(found.missing.filter((event) => !isAsked(event)))
    show(minute, [...due.filter((event) => !unasked.has(event)), ...found.beside])
    if (missing.length + found.missingUnnamed + found.extra.length + found.extraUnnamed > 0 || found.isTorn) {
      differences.set(minute, { ...found, missing })
    }
  }
  return { shown, differences, pending, beforeStart, forgotten }
}

async function countNotQuarantined(
  store: Store,
  source: string,
  { unreadable }: SourceView,
): Promise<number> {
  if (unreadable.length === 0) return 0
  return notQuarantined(unreadable, await store.quarantine(source, 1e9)).length
}
