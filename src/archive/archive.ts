/**
 * What can be asked of an archive: a sink that keeps every event for people to look at. The console and the export
 * API use this; where and how the events are kept is the archive's own business.
 */
import type { Operation } from '../event.ts'

export interface Archive {
  /** One page, newest first: by time, and within a second by when it was archived. */
  page(query: EventQuery, at: PageRequest, signal: AbortSignal): Promise<EventPage>
  /** All that match, newest first, piece by piece; memory stays flat. Leaving the loop ends the reading. */
  read(query: EventQuery, signal: AbortSignal): AsyncIterable<readonly ArchivedEvent[]>
  /** Undefined if it was never archived, or retention has dropped it. */
  find(uid: string, signal: AbortSignal): Promise<ArchivedEvent | undefined>
  /** Events that are archived from now on and match, as they come, whichever process archived them; until aborted. */
  follow(query: EventQuery, signal: AbortSignal): AsyncIterable<readonly ArchivedEvent[]>
  /** Counts per category, in slices of `slice` seconds that begin at multiples of it. */
  histogram(query: EventQuery, slice: number, signal: AbortSignal): Promise<readonly HistogramSlice[]>
  /** The most frequent values, in descending order. */
  top(query: EventQuery, field: TopField, limit: number, signal: AbortSignal): Promise<readonly TopValue[]>
  /** The extent of what it holds. */
  extent(signal: AbortSignal): Promise<ArchiveExtent>
}

/** An event as it was delivered to the archive, that is, after the sink's rules. */
export interface ArchivedEvent {
  /** Rises by one with each event that is archived; never used again. */
  readonly sequence: number
  readonly uid: string
  /** Unix seconds. */
  readonly timestamp: number
  /** Milliseconds. */
  readonly archivedAt: number
  /** In native format, without line end; `parseNative` reads it. */
  readonly line: Uint8Array
}

/** Conditions that must all hold. Texts are compared exactly, except `text`. */
export interface EventQuery {
  readonly organization?: string
  /** Component id. */
  readonly source?: string
  /** Unix seconds, [from, to). */
  readonly from?: number
  readonly to?: number
  readonly login?: string
  /** Event id, `stack-created`. */
  readonly action?: string
  readonly category?: string
  readonly operation?: Operation
  readonly outcome?: string
  /** At least: 1 to 4. */
  readonly severity?: number
  /** Of the event's target. */
  readonly project?: string
  readonly stack?: string
  /** Source address. */
  readonly address?: string
  /**
   * Words that must all occur, each as the beginning of a word, in any text of the event except its raw record; no query
   * syntax. A word without letters or digits, such as `%`, is found nowhere; blanks alone match everything.
   */
  readonly text?: string
}

export interface PageRequest {
  /** 1 to 1,000. */
  readonly limit: number
  /** `next` of the previous page; opaque. Throws RangeError for any other text. */
  readonly cursor?: string
}

interface EventPage {
  readonly events: readonly ArchivedEvent[]
  /** Undefined at the end. */
  readonly next: string | undefined
}

export interface HistogramSlice {
  /** Unix seconds. */
  readonly at: number
  /** By category; only slices and categories that have events. */
  readonly counts: Readonly<Record<string, number>>
}

export type TopField = 'login' | 'action' | 'category' | 'address' | 'stack'

export interface TopValue {
  readonly value: string
  readonly count: number
  /** Of these, events whose outcome is a failure. */
  readonly failures: number
}

export interface ArchiveExtent {
  readonly events: number
  /** Unix seconds; undefined when it is empty. */
  readonly oldest: number | undefined
  readonly newest: number | undefined
}
