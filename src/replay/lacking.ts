/** Which events of a whole minute a sink lacks, according to its ledger and the source's. Pure. */
import { newOf } from '../ledger/forgotten-minutes.ts'
import type { LedgerMinute, SinkLedgerMinute } from '../spool/store.ts'

/** What is stored of a minute that a sink was to get. */
export interface LedgeredMinute {
  /** The source's ledger. */
  readonly known: LedgerMinute | undefined
  /** The sink's ledger. */
  readonly settled: SinkLedgerMinute | undefined
  /** Uids that wait in the lane or are under way. */
  readonly waiting: readonly string[]
}

/**
 * `shown`, oldest first: all that the source shows of the minute. `keeps`: the sink's rules want it.
 *
 * A ledger does not name events: if a sink took part of a minute, its digest shows which part, provided it was a stretch.
 * Otherwise the whole minute counts as lacking: better twice, with the same uid, than never.
 */
export function lackingOf<Event extends { readonly uid: string; readonly timestamp: number }>(
  shown: readonly Event[],
  { known, settled, waiting }: LedgeredMinute,
  keeps: (event: Event) => boolean,
): readonly Event[] {
  const { delivered = 0, filtered = 0, deadLettered = 0 } = settled ?? {}
  const ended = delivered + filtered + deadLettered + waiting.length
  if (known !== undefined && ended >= known.count) {
    return (newOf(shown, known) ?? (shown.length > known.count ? shown : [])).filter(keeps)
  }
  const queued = new Set(waiting)
  const left = shown.filter((event) => !queued.has(event.uid) && keeps(event))
  if (settled === undefined || delivered === 0) return left
  const { minute, digest } = settled
  return newOf(left, { minute, count: delivered, digest, uids: undefined }) ?? left
}
