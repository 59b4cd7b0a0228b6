/** What a replay asks for and its progress: plain data, the same in the process and over HTTP. */

/** How many uids one request may name: about as many as its body has room for. */
export const MOST_UIDS = 10_000

export interface ReplayRequest {
  readonly sink: string
  /** Default: every source of the sink, one after the other. */
  readonly source?: string
  /** Unix seconds, [from, to). */
  readonly from: number
  readonly to: number
  /** Only these; else everything in the range. */
  readonly uids?: readonly string[]
  /** Where the previous slice ended. */
  readonly cursor?: ReplayCursor
}

/** A replay goes in slices, each answered within seconds; this is all that lives on between two of them. */
export interface ReplayCursor {
  readonly source: string
  /** The effective `to`: what has not been read yet can't be sent again. */
  readonly to: number
  /**
   * `count` checks whether the spool still holds the whole range, which then comes from there. Otherwise it comes from the
   * archives, and what these hold only in part from the source. Single uids are looked for in all three.
   */
  readonly phase: 'count' | 'spool' | 'archive' | 'source'
  /** Where the phase continues: an offset in the log, or the second down to which archives or source were read. */
  readonly at: number
  /** `count`: the log's start when it began, and how many events of the range were found since. */
  readonly start?: number
  readonly found?: number
  /** What the archives do not hold completely, newest first; Unix seconds, [from, before). If absent, the whole range. */
  readonly holes?: readonly (readonly [from: number, before: number])[]
  /** `source`: the second below which the archives continue when the holes are filled. */
  readonly below?: number
  /** `source`: how many events were already found of the minute that `at` divides. */
  readonly partly?: number
  /** `archive`: the last uid that was looked for, in alphabetical order. */
  readonly after?: string
}

export interface ReplaySlice {
  readonly source: string
  readonly phase: ReplayCursor['phase']
  readonly queued: number
  /** Left out by the sink's rules. */
  readonly filtered: number
  /** Events for which the rules could not be computed. */
  readonly failed: number
  /** Of the uids that were asked for, those met in this slice. */
  readonly found: readonly string[]
  readonly unreadable: number
  readonly gaps: number
  /** Events that the ledger counts, but neither an archive nor the source has. */
  readonly notFound: number
  /** The oldest second reached in the archives or at the source, Unix seconds. */
  readonly position?: number
  /** Archives that could not be read, and why: the source was asked for what they hold. */
  readonly unread?: Readonly<Record<string, string>>
  /** Whether so many events wait for the sink that no more are queued for now. */
  readonly waits: boolean
  /** Absent when done. */
  readonly next?: ReplayCursor
}
