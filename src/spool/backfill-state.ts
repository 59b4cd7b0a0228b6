/** How far a backfill is: stored with its source's state, page by page. */

/** A range of the past that was asked for: [from, to) in Unix seconds. */
export interface BackfillState {
  readonly from: number
  readonly to: number
  /** How many parts are walked at the same time. */
  readonly parallel: number
  /** They tile the range in whole minutes, so that the outer ones may reach further; in no order. */
  readonly parts: readonly BackfillPart[]
  /** Events of the range that were read, and those of them that were new. */
  readonly polled: number
  readonly spooled: number
  /** Seconds of the range that could not be proven complete, and records that were quarantined. */
  readonly gaps: number
  readonly unreadable: number
  /** Minutes of which the ledger has forgotten too much to tell known events from new ones. */
  readonly unclear: number
  /** Milliseconds. */
  readonly startedAt: number
  readonly endedAt?: number
}

export function isUnderWay(backfill: BackfillState | undefined): backfill is BackfillState {
  return backfill !== undefined && backfill.endedAt === undefined
}

export interface BackfillPart {
  readonly from: number
  readonly to: number
  /** Seconds in [position, to) are done; the part is done when `position` is `from`. */
  readonly position: number
}
