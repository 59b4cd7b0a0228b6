/** How a reconciliation tells whoever waits for it how far it is. */

/** A wait that the source asked for. */
export interface SourceWait {
  readonly reason: string
  /** Unix milliseconds. */
  readonly until: number
}

/**
 * `events` since the last call; `position`: Unix seconds, going down; `share` of the whole that is done; `wait`: what holds
 * it up at this moment, if anything does.
 */
export type OnProgress = (events: number, position: number, share: number, wait?: SourceWait) => void
