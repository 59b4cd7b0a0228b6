/** How far a sink has got in the logs of its sources. */

export interface LaneState {
  /** By source. */
  readonly cursors: Readonly<Record<string, Cursor>>
  readonly lastDelivery?: number
  readonly lastError?: string
}

export interface Cursor {
  /** Everything before this offset has been put into batches. */
  readonly next: number
  /** Batches of events before `next` that are not settled yet: exactly what a crash repeats. */
  readonly open: readonly Extent[]
  readonly delivered: number
  readonly filtered: number
  readonly deadLettered: number
  /** How many a replay sent again; not part of the three above, which add up to what was spooled. Absent if none. */
  readonly replayed?: number
}

export const freshCursor = (next: number): Cursor => ({
  next,
  open: [],
  delivered: 0,
  filtered: 0,
  deadLettered: 0,
})

/** What is left to settle of one batch: disjoint, ascending ranges; a single range until part of it is settled. */
export interface Extent {
  readonly ranges: readonly Range[]
}

export type Range = readonly [from: number, to: number]
