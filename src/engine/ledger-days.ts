/** The ledgers of a source and its sinks, day by day: what the calendar of the console shows. */
import type { Config } from '../config/config.ts'
import { merged, readByBackfills } from '../spool/backfill-state.ts'
import { freshSource, type SourceState } from '../spool/source-state.ts'
import type { Store } from '../spool/store.ts'
import { componentOf } from './named-component.ts'

export interface LedgerQuery {
  readonly source: string
  /** Unix seconds, [from, to); every day (UTC) that it touches counts as a whole. */
  readonly from: number
  readonly to: number
}

export interface LedgerView {
  /** Those that hold events or gaps, ascending. */
  readonly days: readonly LedgerDayView[]
  /** Days without either that were read only in part or not at all, ascending; no future days. */
  readonly unread: readonly UnreadDay[]
}

interface UnreadDay {
  /** `2026-11-25`. */
  readonly day: string
  readonly partlyRead: boolean
}

interface LedgerDayView {
  /** `2026-11-25`. */
  readonly day: string
  readonly events: number
  /** Seconds that could not be proven complete. */
  readonly gaps: number
  readonly sinks: Readonly<Record<string, SinkDayView>>
  /** By a poll or a backfill, but not as a whole. */
  readonly partlyRead: boolean
  /** Read as a whole, no gap, and every sink complete. */
  readonly complete: boolean
}

interface SinkDayView {
  readonly delivered: number
  readonly filtered: number
  readonly deadLettered: number
  /** They add up to the day's events. */
  readonly complete: boolean
}

const DAY_S = 86_400
const NOTHING = { delivered: 0, filtered: 0, deadLettered: 0 }

/** `now`: Unix seconds. Throws UnknownIdError for an unknown source. */
export async function ledgerDays(
  config: Config,
  store: Store,
  query: LedgerQuery,
  now: number,
): Promise<LedgerView> {
  const { source } = query
  componentOf(config, 'source', source)
  const [from, to] = [Math.floor(query.from / DAY_S), Math.ceil(query.to / DAY_S) - 1]
  const takers = Object.values(config.sinks).filter((it) => it.enabled && it.sources.includes(source))
  const events = new Map((await store.ledgerDays(source, from, to)).map((it) => [it.day, it.events]))
  const gaps = new Map<number, number>()
  const state = (await store.loadSource(source)) ?? freshSource
  const shareRead = shareReader(state, now)
  for (const { second } of state.gaps) {
    const day = Math.floor(second / DAY_S)
    if (day >= from && day <= to) gaps.set(day, (gaps.get(day) ?? 0) + 1)
  }
  const bySink = await Promise.all(
    takers.map(async ({ id }) => {
      const days = await store.sinkLedgerDays(id, source, from, to)
      return { id, days: new Map(days.map(({ day, ...counts }) => [day, counts])) }
    }),
  )
  const known = [...new Set([...events.keys(), ...gaps.keys()])].sort((left, right) => left - right)
  const days = known.map((day) => {
    const count = events.get(day) ?? 0
    const sinks = Object.fromEntries(
      bySink.map(({ id, days }) => [id, sinkDay(days.get(day) ?? NOTHING, count)]),
    )
    const marked = gaps.get(day) ?? 0
    // A day that was not read at all may hold events of another log.
    const partlyRead = shareRead(day) === 'part'
    const complete = !partlyRead && marked === 0 && Object.values(sinks).every((it) => it.complete)
    return {
      day: dayText(day),
      events: count,
      gaps: marked,
      sinks,
      partlyRead,
      complete,
    }
  })
  const unread: UnreadDay[] = []
  for (let day = from; day <= Math.min(to, Math.floor(now / DAY_S)); day++) {
    const share = shareRead(day)
    if (share === 'all' || events.has(day) || gaps.has(day)) continue
    unread.push({ day: dayText(day), partlyRead: share === 'part' })
  }
  return { days, unread }
}

/** How much of a day was read by polls and backfills, as far as the state remembers. */
function shareReader(state: SourceState, now: number): (day: number) => 'none' | 'part' | 'all' {
  const { start = 0, checkpoint = 0, walk } = state
  const backfilled = readByBackfills(state)
  const polled = [[Math.min(start, checkpoint), checkpoint] as const]
  const walked = walk === undefined ? [] : [[walk.position, walk.checkpoint] as const]
  const read = merged([...backfilled, ...polled, ...walked].filter(([from, to]) => from < to))
  const newest = read.at(-1)?.[1]
  return (day) => {
    const [first, end] = [day * DAY_S, (day + 1) * DAY_S]
    const touches = ([from, to]: readonly [number, number]) => from < end && to > first
    // What lies before the start need not be read, unless a backfill covers part of that day.
    const from = start < end && !backfilled.some(touches) ? Math.max(first, start) : first
    // Today counts as read as a whole when it is read up to the newest second that was asked for.
    const to = now < end ? Math.min(end, newest ?? end) : end
    if (!read.some(touches)) return 'none'
    return read.some((it) => it[0] <= from && it[1] >= to) ? 'all' : 'part'
  }
}

function dayText(day: number): string {
  return new Date(day * DAY_S * 1000).toISOString().slice(0, 10)
}

function sinkDay(counts: Omit<SinkDayView, 'complete'>, events: number): SinkDayView {
  return { ...counts, complete: counts.delivered + counts.filtered + counts.deadLettered === events }
}
