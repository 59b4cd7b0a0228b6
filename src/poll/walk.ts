/** What a walk down the log knows while it reads, shared by the steps of `reader.ts`. */
import type { Answer, ReadRequest, RecordFields } from '../connector.ts'
import { SourceError } from '../errors.ts'
import type { EndProof } from './end-proof.ts'
import type { Page, PageBuilder } from './pages.ts'
import type { SecondLimit } from './second-limit.ts'

/** An answer with fewer records than this is assumed not to be cut by a page's size. */
export const SMALL_LOG = 10

/**
 * How many records at or below the walk's end must follow each other, or end the answer, before the end is believed:
 * otherwise a single misplaced old record would silently hide the wanted records behind it.
 */
export const OLDER_RECORDS = 64

/** Records of a page: a long answer becomes durable part by part. */
export const PAGE_RECORDS = 500

export interface ReadDown {
  /** Sends one request to the source, inside the request budget. */
  ask(request: ReadRequest): Promise<Answer>
  /** Upper bound of the first request, Unix seconds. */
  readonly before: number
  /** Seconds from here on are read already; Infinity on a fresh walk. */
  readonly position: number
  /** Lower bound of the first request: below the end, at a known record, so that one answer can prove the end. */
  readonly notBefore: number
  /** The oldest second wanted; called once, with the server's time of the first answer. */
  end(serverTime: number | undefined): number
  /** The newest second that is known to hold records, if the walk starts above it. */
  readonly newestKnown?: number | undefined
  /** The second that an earlier walk to here broke off in: it must be shown again. */
  readonly brokenOffIn?: number | undefined
  /** An answer broke off in this second; the next one must show all of it. */
  breaksOff?(second: number): void
  /** The most records that any answer of this source showed, where that is kept across walks. */
  readonly capacity?: { rows: number }
  /** For a log that is read over and over from its newest record. */
  readonly proof?: EndProof | undefined
  /** Takes a page, to be durable before the next one is. `isLast`: with it, everything down to the end is read. */
  emit(page: Page, isLast: boolean): Promise<void>
}

export interface Walk {
  readonly it: ReadDown
  readonly page: PageBuilder
  readonly capacity: { rows: number }
  end: number
  suspect: Suspect | undefined
  /** Whether an answer showed the very second of its bound. */
  inclusive: boolean
  /** The oldest second that an answer showed, or that a broken-off walk must be shown again; Infinity before that. */
  oldest: number
  /** Records of the second in which the last answer broke off: the next one must show all of them again. */
  reread: readonly RecordFields[]
  /** Records read that were not known before, each once. */
  records: number
}

/** The second that an answer ended with although the answer was asked for from right above it. */
export interface Suspect {
  readonly second: number
  readonly records: readonly RecordFields[]
  readonly mayBeCut: boolean
}

/** What one answer showed. */
export interface Scan {
  /** Records of the answer, known ones included. */
  total: number
  unreadable: number
  /** The suspect's records, shown again. */
  again: RecordFields[]
  /** The oldest second so far; not known to be complete until an older record follows. */
  tail: RecordFields[]
  /** Records from the first one on that is older than the end. */
  older: number
  /** Whether a record is newer than the bound that was asked for. */
  isAbove: boolean
  /** How often one of those is newer than the one before it, and how often older. */
  rises: number
  falls: number
  /** Why the order can't be relied on; the visible records are gathered from then on, whatever their order. */
  disorder: SourceError | undefined
  visible: RecordFields[]
  /** The second of the previous record. */
  last: number
  readonly limit: SecondLimit
  /** Unreadable records since the last readable one, and their bytes. */
  unreadableInRow: number
  unreadableBytes: number
  /** Bytes of what was gathered since the last page was emitted. */
  openBytes: number
  /** Every record's raw text, while they are few: what the end's proof recognises an answer by. */
  raws: string[] | undefined
}

/** Seconds from here on have been read; the suspect's records are held back until it is decided. */
export function knownFrom(walk: Walk): number {
  return walk.suspect?.second ?? walk.page.position
}

/** The lowest bound below which an answer shows all of this second. */
export function rightAbove({ inclusive }: Pick<Walk, 'inclusive'>, second: number): number {
  return inclusive ? second : second + 1
}

export function misbehaved(what: string): SourceError {
  return new SourceError('transient', `the source's answer can't be trusted: ${what}`)
}

export function notNewestFirst(timestamp: number, last: number): SourceError {
  return misbehaved(
    `records are not newest first (${timestamp} after ${last}), so what it shows may not be all: check what answers in the source's place`,
  )
}
