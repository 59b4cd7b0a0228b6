import { format, formatDistanceStrict } from 'date-fns'

/** `now`, `3 min ago`, `2 days ago`, `in 5 sec`. Milliseconds. */
export function relativeTime(at: number, now: number): string {
  if (Math.abs(at - now) < 5_000) return 'now'
  const distance = formatDistanceStrict(at, now, { addSuffix: true })
  return distance
    .replace(/ minutes?/, ' min')
    .replace(/ seconds?/, ' s')
    .replace(/ hours?/, ' h')
}

/** Of this browser's zone, with the offset, and in UTC. */
export function absoluteTime(moment: Date): string {
  return `${format(moment, 'yyyy-MM-dd HH:mm:ss xxx')} · ${moment.toISOString().replace('.000', '')}`
}

/** `90 s`, `5 min`, `3 h`: for lags and waits, in seconds. */
export function duration(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`
  return seconds < 172_800 ? `${Math.round(seconds / 3_600)} h` : `${Math.round(seconds / 86_400)} days`
}
