import { format } from 'date-fns'

/** As a field of type `datetime-local` holds it, of this zone: it can't say which, where a clock set back shows it twice. */
export function localText(second: number): string {
  return format(second * 1000, "yyyy-MM-dd'T'HH:mm:ss")
}

const DAY_MS = 86_400_000

/** Unix seconds at which clocks of this zone show it, the earliest first: two where they are set back, else one. */
export function localMoments(text: string): number[] {
  const ms = new Date(text).getTime()
  if (Number.isNaN(ms)) return []
  // Zones change their offset less often than once a day.
  const offsets = [-DAY_MS, DAY_MS].map((away) => new Date(ms + away).getTimezoneOffset())
  const shown = Date.parse(`${text}Z`)
  const moments = offsets.map((minutes) => Math.floor(shown / 1000) + minutes * 60)
  const wanted = localText(Math.floor(ms / 1000))
  const found = [...new Set(moments)].filter((it) => localText(it) === wanted)
  // A clock set forward leaves it out: what the browser makes of it.
  return found.length === 0 ? [Math.floor(ms / 1000)] : found.sort((one, other) => one - other)
}
