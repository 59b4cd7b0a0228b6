import { format } from 'date-fns'
import type { Tick } from './layout.ts'

const [MINUTE, HOUR, DAY] = [60, 3_600, 86_400]
/** Seconds between ticks: what one expects to see on a clock and a calendar. */
const STEPS = [
  ...[1, 5, 10, 30],
  ...[1, 5, 10, 30].map((it) => it * MINUTE),
  ...[1, 3, 6, 12].map((it) => it * HOUR),
  ...[1, 2, 7, 14, 30, 60, 120, 365].map((it) => it * DAY),
]

/** At most `most` round times of this zone in [from, to), in Unix seconds; a new day is named by its date. */
export function timeTicks(from: number, to: number, most: number): readonly Tick[] {
  const step = STEPS.find((it) => (to - from) / it <= most) ?? Math.ceil((to - from) / most)
  // Counted from a local midnight: hours of a zone are not those of UTC.
  const midnight = new Date(from * 1000).setHours(0, 0, 0, 0) / 1000
  const first = midnight + Math.ceil((from - midnight) / step) * step
  const ticks: Tick[] = []
  for (let at = first; at < to; at += step) ticks.push({ at, text: textOf(at, step) })
  return ticks
}

function textOf(at: number, step: number): string {
  const time = format(at * 1000, step < MINUTE ? 'HH:mm:ss' : 'HH:mm')
  if (step >= DAY || time.startsWith('00:00')) return format(at * 1000, 'd MMM')
  return time
}
