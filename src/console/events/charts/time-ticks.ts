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
  const midnight = new Date(from * 1000).setHours(0, 0, 0, 0)
  const ticks: Tick[] = []
  for (let count = Math.ceil((from - midnight / 1000) / step); ; count++) {
    const at = placeOf(midnight, count * step)
    if (!(at < to)) return ticks
    if (at >= from) ticks.push({ at, text: textOf(at, step) })
  }
}

/** So many seconds on from a local midnight, by the clock: where it is set back or forward, a day is not 24 hours. */
function placeOf(midnight: number, seconds: number): number {
  const place = new Date(midnight)
  place.setSeconds(seconds)
  return place.getTime() / 1000
}

function textOf(at: number, step: number): string {
  const time = format(at * 1000, step < MINUTE ? 'HH:mm:ss' : 'HH:mm')
  if (step >= DAY || time.startsWith('00:00')) return format(at * 1000, 'd MMM')
  return time
}
