/** Lanes of sinks that are no longer in the configuration. They keep their place in a log for a while. */

/** How long a log is held for a lane, counted from when the lane was first missed. */
export const LEFT_LANES_HOLD_MS = 600_000

export interface LeftLane {
  readonly sink: string
  /** Where the log ended when the lane was first missed: later events were never meant for it. */
  readonly end: number
  /** Until when the log is held for it, milliseconds by the store's clock. */
  readonly until: number
}

export interface LeftLaneStore {
  /** The lanes that were found missing at the last trim, by sink. */
  leftLanes(source: string): Promise<LeftLane[]>
}
