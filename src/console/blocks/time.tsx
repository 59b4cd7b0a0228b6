import { format } from 'date-fns/format'
import { useEffect, useReducer } from 'react'
import { useClock } from './clock.ts'
import { absoluteTime, relativeTime } from './time-text.ts'

/** How long ago, and with `full` when exactly; with the full time on hover. `at` is in milliseconds, or RFC 3339. */
export function Time({ at, full = false }: { at: number | string; full?: boolean }) {
  const now = useNow(20_000)
  const moment = new Date(at)
  if (Number.isNaN(moment.getTime())) return <span className="soft">never</span>
  return (
    <time dateTime={moment.toISOString()} title={absoluteTime(moment)}>
      {relativeTime(moment.getTime(), now)}
      {full && <span className="clock small soft numbers">{format(moment, 'd MMM yyyy HH:mm:ss xxx')}</span>}
    </time>
  )
}

/** Milliseconds of the engine's time, as of each rendering; renders again from time to time. */
export function useNow(everyMs: number): number {
  const [, tick] = useReducer((ticks: number) => ticks + 1, 0)
  useEffect(() => {
    const timer = setInterval(tick, everyMs)
    return () => clearInterval(timer)
  }, [everyMs])
  // The time shown may be later than the last tick.
  return useClock()()
}
