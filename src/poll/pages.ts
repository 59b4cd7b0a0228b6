/** What the reader hands to the poll: records of completely read seconds, newest first. */
import type { RecordFields, Unreadable } from '../connector.ts'
import type { Gap } from '../spool/source-state.ts'

export interface Page {
  /**
   * Newest first; records of one second stand together, all of them unless `gaps` names the second, or it lies below
   * `position`.
   */
  readonly records: readonly RecordFields[]
  readonly unreadable: readonly Unreadable[]
  /** Every second at or above it has been read. Infinity: nothing is known to be whole, the walk is to begin anew. */
  readonly position: number
  /** Seconds that could not be proven complete; what was visible of them is in `records`. */
  readonly gaps: readonly Gap[]
}

/** Gathers records into pages while an answer is read. */
export interface PageBuilder {
  /** Every second at or above it has been gathered. */
  position: number
  size(): number
  /** All records of one second, or what was visible of it. */
  addSecond(records: readonly RecordFields[], gap?: Gap): void
  /** Some records of a second that has yet to be read as a whole. */
  addVisible(records: readonly RecordFields[]): void
  addUnreadable(record: Unreadable): void
  /** Takes back the seconds that were gathered for this page: they may not be whole after all. */
  takeBack(): RecordFields[]
  /** Hands out what was gathered so far and starts the next page. */
  take(): Page
}

export function createPageBuilder(position: number): PageBuilder {
  let records: RecordFields[] = []
  let unreadable: Unreadable[] = []
  let gaps: Gap[] = []
  let handedOut = position
  const builder: PageBuilder = {
    position,
    size: () => records.length + unreadable.length,
    addSecond(group, gap) {
      const [first] = group
      if (first === undefined) return
      for (const record of group) records.push(record)
      builder.position = first.timestamp
      if (gap !== undefined) gaps.push(gap)
    },
    addVisible(some) {
      for (const record of some) records.push(record)
    },
    addUnreadable: (record) => {
      unreadable.push(record)
    },
    takeBack() {
      const taken = records
      records = []
      gaps = []
      builder.position = handedOut
      return taken
    },
    take() {
      handedOut = builder.position
      const page = { records, unreadable, gaps, position: builder.position }
      records = []
      unreadable = []
      gaps = []
      return page
    },
  }
  return builder
}
