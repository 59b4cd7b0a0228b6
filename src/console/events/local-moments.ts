import { format } from 'date-fns/format'

/**
 * The value of a `datetime-local` field, in this browser's zone. If a clock that is set back shows a time twice, the
 * field can't say which is meant.
 */
export function localText(second: number): string {
  return format(second * 1000, "yyyy-MM-dd'T'HH:mm:ss")
}

const DAY_MS = 86_400_000

/**
 * Unix seconds at which clocks of this zone show that time, the earliest first: two if they are set back then, else
 * one.
 */
export function localMoments(text: string): number[] {
  const ms = new Date(text).getTime()
  if (Number.isNaN(ms)) return []
  // Zones change their offset less often than once a day.
  const offsets = [-DAY_MS, DAY_MS].map((away) => new Date(ms + away).getTimezoneOffset())
  const shown = Date.parse(`${text}Z`)
  const moments = offsets.map((minutes) => Math.floor(shown / 1000) + minutes * 60)
  const wanted = localText(Math.floor(ms / 1000))
  const found = [...new Set(moments)].filter((it) => localText(it) === wanted)
  // A clock that is set forward skips this time: take what the browser makes of it.
  return found.length === 0 ? [Math.floor(ms / 1000)] : found.sort((one, other) => one - other)
}
