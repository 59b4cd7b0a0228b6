/** Rows of the list: the pages that were fetched, and events that have arrived since. */
import type { AuditEvent } from '../../event.ts'

export interface EventPage {
  readonly events: readonly AuditEvent[]
  readonly next: string | null
}

/**
 * Newest first, each event once. `arrived` is in order of arrival; within a second the last to arrive comes first, as
 * in the archive. Events older than the end of the last page are left out: a later page will bring them.
 */
export function mergeRows(
  arrived: readonly AuditEvent[],
  pages: readonly EventPage[],
): readonly AuditEvent[] {
  const paged = pages.flatMap(({ events }) => events)
  const known = new Set(paged.map(({ uid }) => uid))
  const floor = floorOf(pages)
  const fresh: AuditEvent[] = []
  for (const event of arrived) {
    if (known.has(event.uid) || event.timestamp < floor) continue
    known.add(event.uid)
    fresh.push(event)
  }
  if (fresh.length === 0) return paged
  fresh.reverse().sort((a, b) => b.timestamp - a.timestamp)
  return interleave(fresh, paged)
}

/** How many more rows there would be if `waiting` were shown too. */
export function countNew(
  waiting: readonly AuditEvent[],
  shown: readonly AuditEvent[],
  pages: readonly EventPage[],
): number {
  const known = new Set(shown.map(({ uid }) => uid))
  const floor = floorOf(pages)
  return new Set(waiting.filter((it) => it.timestamp >= floor && !known.has(it.uid)).map(({ uid }) => uid))
    .size
}

/** Appends those that aren't there yet. */
export function withArrivals(
  arrived: readonly AuditEvent[],
  events: readonly AuditEvent[],
): readonly AuditEvent[] {
  const known = new Set(arrived.map(({ uid }) => uid))
  const fresh = events.filter(({ uid }) => !known.has(uid))
  return fresh.length === 0 ? arrived : [...arrived, ...fresh]
}

function floorOf(pages: readonly EventPage[]): number {
  const last = pages.at(-1)
  const oldest = last?.events.at(-1)
  return last === undefined || last.next === null || oldest === undefined ? 0 : oldest.timestamp
}

/** Both are newest first; within a second, `fresh` comes first. */
function interleave(fresh: readonly AuditEvent[], paged: readonly AuditEvent[]): AuditEvent[] {
  const rows: AuditEvent[] = []
  let at = 0
  for (const event of paged) {
    for (let next = fresh[at]; next !== undefined && next.timestamp >= event.timestamp; next = fresh[at]) {
      rows.push(next)
      at += 1
    }
    rows.push(event)
  }
  return [...rows, ...fresh.slice(at)]
}
