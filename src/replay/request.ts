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
export type ReplayCursor = CountCursor | SpoolCursor | ArchiveCursor | SourceCursor

interface CursorBase {
  readonly source: string
  /** The effective `to`: what has not been read yet can't be sent again. */
  readonly to: number
}

/**
 * Checks whether the spool still holds the whole range, which then comes from there. Otherwise it comes from the archives,
 * and what these hold only in part from the source. Single uids are not counted, but looked for in all three.
 */
export interface CountCursor extends CursorBase {
  readonly phase: 'count'
  /** An offset in the log. */
  readonly at: number
  /** The log's start when the count began, and how many events of the range were found since. */
  readonly start?: number
  readonly found?: number
}

export interface SpoolCursor extends CursorBase {
  readonly phase: 'spool'
  /** An offset in the log. */
  readonly at: number
}

export interface ArchiveCursor extends CursorBase {
  readonly phase: 'archive'
  /** The second down to which the archives were read. */
  readonly at: number
  readonly holes?: readonly Hole[]
  /** Of single uids, the last one that was looked for, in alphabetical order. */
  readonly after?: string
}

export interface SourceCursor extends CursorBase {
  readonly phase: 'source'
  /** The second down to which the source was read. */
  readonly at: number
  /** The first is being filled. If absent, the whole range is. */
  readonly holes?: readonly Hole[]
  /** The second below which the archives continue when the holes are filled. */
  readonly below?: number
  /** How many events were already found of the minute that `at` divides. */
  readonly partly?: number
}

/** What the archives do not hold completely; Unix seconds, [from, before). Lists of them have the newest first. */
export type Hole = readonly [from: number, before: number]

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
