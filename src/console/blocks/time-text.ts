import { format } from 'date-fns/format'
import { formatDistanceStrict } from 'date-fns/formatDistanceStrict'

/** `now`, `3 min ago`, `2 days ago`, `in 5 sec`. Milliseconds. */
export function relativeTime(at: number, now: number): string {
  if (Math.abs(at - now) < 5_000) return 'now'
  const distance = formatDistanceStrict(at, now, { addSuffix: true })
  return distance
    .replace(/ minutes?/, ' min')
    .replace(/ seconds?/, ' s')
    .replace(/ hours?/, ' h')
}

/** In this browser's zone, with the offset, and in UTC. */
export function absoluteTime(moment: Date): string {
  return `${format(moment, 'yyyy-MM-dd HH:mm:ss xxx')} · ${moment.toISOString().replace('.000', '')}`
}

/** `27 Nov 04:34:12` in this browser's zone, with the year unless it is the current one. Milliseconds. */
export function clockText(at: number, now: number): string {
  const isThisYear = new Date(at).getFullYear() === new Date(now).getFullYear()
  return format(at, isThisYear ? 'd MMM HH:mm:ss' : 'd MMM yyyy HH:mm:ss')
}

/** This browser's zone: `Europe/Berlin`. */
export function zoneName(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone
}

/** A lag or a wait, given in seconds: `90 s`, `5 min`, `3 h`. */
export function duration(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} h` : `${Math.round(seconds / 86_400)} days`
}
