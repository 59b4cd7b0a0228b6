/** Which part of its log a source was ever asked for, according to its state. Pure. */
import { rfc3339 } from '../formats/rfc3339.ts'
import { counted } from '../lib/counted.ts'
import type { SourceState } from '../spool/source-state.ts'
import type { NotAskedFor, ReconcileQuery } from './result.ts'

/** The oldest second that was ever asked for, as far as the state remembers. */
export function wantedFrom({ start = 0, backfill }: SourceState): number {
  return Math.min(start, backfill?.sinks === undefined ? (backfill?.from ?? start) : start)
}

/** Whether the last backfill, if it came to its end, asked for that second, also before the start. */
export function isBrought({ backfill }: SourceState, second: number): boolean {
  if (backfill?.endedAt === undefined || backfill.cancelled || backfill.sinks !== undefined) return false
  return backfill.from <= second && second < backfill.to
}

/** `events`: so many of the range happened before the source's start. */
export function notAskedForOf(
  state: SourceState,
  { from }: ReconcileQuery,
  events: number,
): NotAskedFor | undefined {
  const { start = 0 } = state
  return from < start && !isBrought(state, from) ? { before: rfc3339(start), events } : undefined
}

export function notAskedForText({ before, events }: NotAskedFor): string {
  const which = `happened before the source's start (${before})`
  return events === 0
    ? `what ${which} was never asked for`
    : `${counted(events, 'event')} that ${which} ${events === 1 ? 'was' : 'were'} never asked for`
}

/** Its ledger may hold events of another log, from which the source was read before. */
export function isMixed({ mixedBefore = 0 }: SourceState, minute: number): boolean {
  return minute * 60 < mixedBefore
}

/** What the ledger knows of the log that the source was read from before is no fault of this one. */
export function isOfAnotherLog(state: SourceState, minute: number, extraUnnamed: number): boolean {
  return isMixed(state, minute) && extraUnnamed === 0
}
