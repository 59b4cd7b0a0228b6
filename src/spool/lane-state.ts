/** Where a sink stands in the logs of its sources. */

export interface LaneState {
  /** By source. */
  readonly cursors: Readonly<Record<string, Cursor>>
  readonly lastDelivery?: number
  readonly lastError?: string
}

export interface Cursor {
  /** Batches have been formed of everything before this offset. */
  readonly next: number
  /** Batches formed of events before `next` that are not settled yet: exactly what a crash repeats. */
  readonly open: readonly Extent[]
  readonly delivered: number
  readonly filtered: number
  readonly deadLettered: number
  /** Sent again by a replay; not part of the three above, which add up to what was spooled. Absent if none. */
  readonly replayed?: number
}

export const freshCursor = (next: number): Cursor => ({
  next,
  open: [],
  delivered: 0,
  filtered: 0,
  deadLettered: 0,
})

/** What is left to settle of one batch: disjoint, ascending ranges; one range until a part of it is settled. */
export interface Extent {
  readonly ranges: readonly Range[]
}

export type Range = readonly [from: number, to: number]
