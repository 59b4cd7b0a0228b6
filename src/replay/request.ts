/** What a replay asks for and how far it is: plain data, the same in the process and over HTTP. */

export interface ReplayRequest {
  readonly sink: string
  /** Default: every source of the sink, one after the other. */
  readonly source?: string
  /** Unix seconds, [from, to). */
  readonly from: number
  readonly to: number
  /** Only these; else everything in the range. */
  readonly uids?: readonly string[]
  /** Where the slice before ended. */
  readonly cursor?: ReplayCursor
}

/** A replay goes in slices, each answered within seconds; nothing of it lives between two of them but this. */
export interface ReplayCursor {
  readonly source: string
  /** What `to` really is: nothing is sent again that was not read yet. */
  readonly to: number
  /**
   * `count` looks whether the spool holds all of the range still; then it comes from there. Else from the archives, and
   * what these do not hold as a whole from the source. Single uids are looked for in all three.
   */
  readonly phase: 'count' | 'spool' | 'archive' | 'source'
  /** Where the phase goes on: an offset of the log, or the second down to which archives or source were read. */
  readonly at: number
  /** `count`: the log's start when it began, and how many events of the range were found since. */
  readonly start?: number
  readonly found?: number
  /** Unix seconds, [from, before), newest first: what the archives do not hold as a whole. Without it, all of the range. */
  readonly holes?: readonly (readonly [from: number, before: number])[]
  /** `source`: the second from which the archives go on below when the holes are filled. */
  readonly below?: number
  /** `source`: events found already of the minute that `at` divides. */
  readonly partly?: number
  /** `archive`: up to this one single uids were looked for, in the order of their letters. */
  readonly after?: string
}

export interface ReplaySlice {
  readonly source: string
  readonly phase: ReplayCursor['phase']
  readonly queued: number
  /** Kept back by the sink's `where`. */
  readonly filtered: number
  /** The rules could not be computed for them. */
  readonly failed: number
  /** Of the uids that were asked for, those met in this slice. */
  readonly found: readonly string[]
  readonly unreadable: number
  readonly gaps: number
  /** Events that the ledger counts, and neither an archive nor the source gave. */
  readonly notFound: number
  /** The oldest second reached in the archives or at the source, Unix seconds. */
  readonly position?: number
  /** Archives that could not be read, and why: the source was asked for what they hold. */
  readonly unread?: Readonly<Record<string, string>>
  /** So many wait for the sink that no more are queued for now. */
  readonly waits: boolean
  /** Absent: done. */
  readonly next?: ReplayCursor
}
