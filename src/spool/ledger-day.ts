export const DAY_MINUTES = 1_440

/** The sums of a ledger's minutes over a day. */
export interface LedgerDay {
  /** Unix days: minutes / DAY_MINUTES. */
  readonly day: number
  readonly events: number
}

/** The same for a sink's ledger. */
export interface SinkLedgerDay {
  readonly day: number
  readonly delivered: number
  readonly filtered: number
  readonly deadLettered: number
}
