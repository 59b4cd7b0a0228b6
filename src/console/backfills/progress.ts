/** How fast a backfill is, and how long it will still take, from samples of its progress. Pure. */
import type { BackfillStatus } from '../../ops/backfill-status.ts'

interface Progress {
  /** Events per second; undefined before there are two samples. */
  readonly rate: number | undefined
  /** Milliseconds; undefined while it can't be estimated. */
  readonly remainingMs: number | undefined
}

export interface Seen {
  /** Milliseconds. */
  readonly at: number
  readonly events: number
  readonly share: number
}

const WINDOW_MS = 60_000

/** Keeps the samples of the last minute, except those of an earlier backfill: they have more events than this one. */
export function addSeen(seen: readonly Seen[], at: number, { events, share }: BackfillStatus): Seen[] {
  const same = seen.filter(
    (it) => it.at < at && it.at >= at - WINDOW_MS && it.events <= events && it.share <= share,
  )
  return [...same, { at, events, share }]
}

export function progressOf(seen: readonly Seen[]): Progress {
  const [first, last] = [seen.at(0), seen.at(-1)]
  if (first === undefined || last === undefined || last.at === first.at)
    return { rate: undefined, remainingMs: undefined }
  const elapsed = last.at - first.at
  const done = last.share - first.share
  return {
    rate: ((last.events - first.events) * 1000) / elapsed,
    remainingMs: done > 0 ? (elapsed * (1 - last.share)) / done : undefined,
  }
}

export type Ending = 'under way' | 'done' | 'cancelled' | 'failed'

export function endingOf({ endedAt, cancelled, failure }: BackfillStatus): Ending {
  if (endedAt === '') return 'under way'
  if (failure !== '') return 'failed'
  return cancelled ? 'cancelled' : 'done'
}
