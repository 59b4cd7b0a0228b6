/** What an import hands to an archive, slice by slice: plain data, the same in the process and over HTTP. */
import type { NewEvent } from '../archive/stored-archive.ts'

export interface ImportRequest {
  readonly sink: string
  /** Each with its own uid, source and organisation; a slice is small enough for one request. */
  readonly events: readonly NewEvent[]
  /** Absent if the slice is the whole import. */
  readonly part?: ImportPart
}

/** Which import a slice belongs to: the trail records each import once. */
export interface ImportPart {
  readonly id: string
  /** With the first slice, and with the last. */
  readonly files?: readonly string[]
  /** Its events were redacted before they were written: their uids can't be computed again. */
  readonly redacted?: true
  /** With the last slice: how many events were refused before they were sent. */
  readonly refused?: number
  /** Nothing follows. */
  readonly last?: true
}

export interface ImportResult {
  readonly added: number
  /** Events that the archive already held. */
  readonly known: number
  /** Left out by the sink's rules. */
  readonly filtered: number
  readonly refused: readonly Refused[]
}

export interface Refused {
  readonly uid: string
  readonly reason: string
}
