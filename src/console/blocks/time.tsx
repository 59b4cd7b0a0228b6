import { useEffect, useState } from 'react'
import { absoluteTime, relativeTime } from './time-text.ts'

/** How long ago, with the full time on hover. `at` is in milliseconds, or RFC 3339. */
export function Time({ at }: { at: number | string }) {
  const now = useNow(20_000)
  const moment = new Date(at)
  if (Number.isNaN(moment.getTime())) return <span className="soft">never</span>
  return (
    <time dateTime={moment.toISOString()} title={absoluteTime(moment)}>
      {relativeTime(moment.getTime(), now)}
    </time>
  )
}

/** Milliseconds; renders again every so often. */
export function useNow(everyMs: number): number {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), everyMs)
    return () => clearInterval(timer)
  }, [everyMs])
  return now
}
