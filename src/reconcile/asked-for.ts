/** What of its log a source was ever asked for, as its state remembers. Pure. */
import type { SourceState } from '../spool/store.ts'

/** The oldest second that was ever asked for, as far as it is remembered. */
export function wantedFrom({ start = 0, backfill }: SourceState): number {
  return Math.min(start, backfill?.sinks === undefined ? (backfill?.from ?? start) : start)
}

/** Whether the last backfill, if it came to its end, asked for that second, also before the start. */
export function isBrought({ backfill }: SourceState, second: number): boolean {
  if (backfill?.endedAt === undefined || backfill.cancelled || backfill.sinks !== undefined) return false
  return backfill.from <= second && second < backfill.to
}

/** Its ledger may hold events of another log, from which the source was read before. */
export function isMixed({ mixedBefore = 0 }: SourceState, minute: number): boolean {
  return minute * 60 < mixedBefore
}
