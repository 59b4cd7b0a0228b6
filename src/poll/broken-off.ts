/**
 * The second in which a walk was broken off: whoever goes on there must be shown it, or a source that shows nothing for a while
 * would pass for one that ends there. In memory and for a time only: a source may have let go of it since.
 */
import { steadyClock } from '../lib/steady.ts'

export interface BrokenOff {
  note(walk: number, second: number): void
  /** Undefined for another walk, and where it is too long ago. */
  secondOf(walk: number): number | undefined
}

const HOLDS_MS = 3_600_000

export function createBrokenOff(clock: () => number): BrokenOff {
  const now = steadyClock(clock)
  let noted = { walk: Number.NaN, second: 0, at: 0 }
  return {
    note(walk, second) {
      noted = { walk, second, at: now() }
    },
    secondOf: (walk) => (walk === noted.walk && now() - noted.at < HOLDS_MS ? noted.second : undefined),
  }
}
