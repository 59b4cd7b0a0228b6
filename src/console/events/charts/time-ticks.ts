import { format } from 'date-fns/format'
import type { Tick } from './layout.ts'

const [MINUTE, HOUR, DAY] = [60, 3_600, 86_400]
/** Seconds between ticks: steps that are usual on a clock and a calendar. */
const STEPS = [
  ...[1, 5, 10, 30],
  ...[1, 5, 10, 30].map((it) => it * MINUTE),
  ...[1, 3, 6, 12].map((it) => it * HOUR),
  ...[1, 2, 7, 14, 30, 60, 120, 365].map((it) => it * DAY),
]

/**
 * At most `most` round times of this browser's zone in [from, to), in Unix seconds; a new day is labelled with its
 * date.
 */
export function timeTicks(from: number, to: number, most: number): readonly Tick[] {
  const step = STEPS.find((it) => (to - from) / it <= most) ?? Math.ceil((to - from) / most)
  const day = new Date(from * 1000)
  const clock = (day.getHours() * 60 + day.getMinutes()) * 60 + day.getSeconds()
  const ticks: Tick[] = []
  for (let count = Math.ceil(clock / step); ; count++) {
    const at = placeOf(day, count * step)
    if (!(at < to)) return ticks
    // What a clock that is set forward skips is placed in the next hour, whose own ticks follow.
    const isNew = at > (ticks.at(-1)?.at ?? Number.NEGATIVE_INFINITY)
    if (at >= from && isNew) ticks.push({ at, text: textOf(at, step) })
  }
}

/**
 * When the clock on that day shows this many seconds after 00:00. Hours of a zone don't begin when UTC's do, and a day
 * may have 23 or 25 of them.
 */
function placeOf(day: Date, seconds: number): number {
  return new Date(day).setHours(0, 0, seconds, 0) / 1000
}

function textOf(at: number, step: number): string {
  const time = format(at * 1000, step < MINUTE ? 'HH:mm:ss' : 'HH:mm')
  if (step >= DAY || time.startsWith('00:00')) return format(at * 1000, 'd MMM')
  return time
}
