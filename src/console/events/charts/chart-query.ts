import { apiQuery, type Filters } from '../filters.ts'

const DAY = 86_400
/** A look that moves by this much is asked for again. */
const STEP = 60

/**
 * The parameters of what the charts show: the list's filters, and where these name no time the last day that has events.
 * An archive holds years; to add them all up for each look would be slow. `newest` in Unix seconds, `now` in ms.
 */
export function chartQuery(filters: Filters, newest: number | null, now: number): string {
  if (namesTime(filters)) return apiQuery(filters, now)
  const end = Number(filters.to ?? (Math.floor((newest ?? now / 1000) / STEP) + 1) * STEP)
  return apiQuery({ ...filters, from: String(Math.max(0, end - DAY)), to: String(end) }, now)
}

/** Whether the filters say from when on. */
export function namesTime({ range, from }: Filters): boolean {
  return range !== undefined || from !== undefined
}
