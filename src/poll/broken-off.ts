/**
 * The second in which a walk was broken off: whoever goes on there must be shown it, or a source that shows nothing for a while
 * would pass for one that ends there. In memory and for a time only: a source may have let go of it since.
 */
import { steadyClock } from '../lib/steady.ts'

export interface BrokenOff {
  /** `walk`: when a poll's began, milliseconds; where a backfill's part ends, seconds. */
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
