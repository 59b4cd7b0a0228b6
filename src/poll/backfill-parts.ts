/**
 * How a backfill's range is split into parts: at first by what the ledger knows of it, or by time where it knows
 * nothing. A walk that has run out of parts takes over half of another's, so that a part which turns out dense is
 * split as often as needed.
 */
import type { BackfillPart, BackfillState } from '../spool/backfill-state.ts'
import { DAY_MINUTES } from '../spool/ledger-day.ts'
import type { LedgerMinute, Store } from '../spool/store.ts'
import { minuteAfter, minuteBefore } from './whole-minutes.ts'

export interface BackfillRange {
  /** Unix seconds, [from, to). */
  readonly from: number
  readonly to: number
  readonly parallel: number
}

export type KnownMinute = Pick<LedgerMinute, 'minute' | 'count'>

/** How many parts may be read at the same time, at most. */
export const MOST_PARALLEL = 64

/** Parts differ in density and so end at different times: a walk with none left takes half of another's. */
const PARTS_A_WALK = 2
/** Each part costs a request or two beyond those for its events. */
const SHORTEST_PART_S = 600

/** `known`: what the ledger holds of the range, ascending. */
export function planBackfill(
  { from, to, parallel }: BackfillRange,
  startedAt: number,
  known: readonly KnownMinute[] = [],
): BackfillState {
  const [first, last] = [minuteBefore(from), minuteAfter(to)]
  const wanted = parallel === 1 ? 1 : parallel * PARTS_A_WALK
  const count = Math.max(1, Math.min(wanted, Math.floor((last - first) / SHORTEST_PART_S)))
  const edges = edgesOf(first, last, count, known)
  const parts = edges
    .slice(1)
    .map((upper, at) => ({ from: edges[at] ?? first, to: upper, position: upper }))
    .reverse()
  const counts = { polled: 0, spooled: 0, gaps: 0, unreadable: 0, unclear: 0 }
  return { from, to, parallel, parts, ...counts, startedAt }
}

/**
 * At most `count` parts of equal weight. Half of the weight is time: the ledger may know only a stretch of the range,
 * and the rest may be just as dense.
 */
function edgesOf(first: number, last: number, count: number, known: readonly KnownMinute[]): number[] {
  const all = known.reduce((sum, minute) => sum + minute.count, 0)
  const edges = [first]
  let events = 0
  let seen = 0
  let parts = 0
  for (let at = first + 60; at < last; at += 60) {
    for (; (known[seen]?.minute ?? Number.POSITIVE_INFINITY) * 60 < at; seen++)
      events += known[seen]?.count ?? 0
    const time = (at - first) / (last - first)
    const share = all === 0 ? time : (time + events / all) / 2
    if (Math.floor(share * count) <= parts) continue
    parts = Math.floor(share * count)
    edges.push(at)
  }
  return [...edges, last]
}

/** What the ledger holds of a range, ascending; read day by day, since a year at once would be a lot. */
export async function knownMinutes(
  store: Pick<Store, 'ledger'>,
  source: string,
  { from, to }: { from: number; to: number },
): Promise<KnownMinute[]> {
  const known: KnownMinute[] = []
  const last = minuteAfter(to) / 60 - 1
  for (let at = minuteBefore(from) / 60; at <= last; at += DAY_MINUTES) {
    const minutes = await store.ledger(source, at, Math.min(last, at + DAY_MINUTES - 1))
    for (const { minute, count } of minutes) known.push({ minute, count })
  }
  return known
}

/** A smaller half is not worth the extra requests of a part: as a share of the whole range, and in seconds. */
const LEAST_SHARE = 1 / 256
const LEAST_REST_S = 240
const MOST_PARTS = 256

/** The older half of the part with the most left, for an idle walk to take over; undefined if that is too little. */
export function splitLargest(backfill: BackfillState): BackfillState | undefined {
  const { parts, from, to } = backfill
  const rest = (part: BackfillPart) => part.position - part.from
  const at = parts.reduce((most, part, index) => (rest(part) > rest(parts[most] ?? part) ? index : most), 0)
  const part = parts[at]
  const least = Math.max(LEAST_REST_S, (to - from) * LEAST_SHARE)
  if (part === undefined || rest(part) < least || parts.length >= MOST_PARTS) return undefined
  const middle = minuteBefore(part.from + rest(part) / 2)
  const kept = parts.map((one, index) => (index === at ? { ...part, from: middle } : one))
  return { ...backfill, parts: [...kept, { from: part.from, to: middle, position: middle }] }
}
