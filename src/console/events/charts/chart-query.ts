import { apiQuery, type Filters } from '../filters.ts'

const DAY = 86_400
/** Seconds: the charts are only fetched again once the newest event has moved by this much. */
const STEP = 60

/**
 * The parameters of what the charts show: the list's filters and, if these don't limit the time, the last day that has
 * events: an archive may hold years, and adding them all up on each visit would be slow. `newest` is in Unix seconds,
 * `now` in milliseconds.
 */
export function chartQuery(filters: Filters, newest: number | null, now: number): string {
  if (namesTime(filters)) return apiQuery(filters, now)
  const end = Number(filters.to ?? (Math.floor((newest ?? now / 1000) / STEP) + 1) * STEP)
  return apiQuery({ ...filters, from: String(Math.max(0, end - DAY)), to: String(end) }, now)
}

/** Whether the filters say where the time begins. */
export function namesTime({ range, from }: Filters): boolean {
  return range !== undefined || from !== undefined
}
