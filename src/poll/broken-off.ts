/**
 * The second in which a walk broke off. The walk that continues there must be shown that second again; otherwise a
 * source that shows nothing for a while would look like a log that ends there. Kept in memory and only for a time,
 * since the source may drop that second.
 */
import { steadyClock } from '../lib/steady.ts'

export interface BrokenOff {
  /** `walk` identifies it: a poll's by when it began (milliseconds), a backfill's by where its part ends (seconds). */
  note(walk: number, second: number): void
  /** Undefined for a walk that was not broken off, or too long ago. */
  secondOf(walk: number): number | undefined
}

const HOLDS_MS = 3_600_000

export function createBrokenOff(clock: () => number): BrokenOff {
  const now = steadyClock(clock)
  const noted = new Map<number, { readonly second: number; readonly at: number }>()
  const forgetOld = () => {
    for (const [walk, { at }] of noted) if (now() - at >= HOLDS_MS) noted.delete(walk)
  }
  return {
    note(walk, second) {
      forgetOld()
      noted.set(walk, { second, at: now() })
    },
    secondOf(walk) {
      forgetOld()
      return noted.get(walk)?.second
    },
  }
}
