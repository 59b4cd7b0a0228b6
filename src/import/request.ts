/** What an import hands to an archive, slice by slice: plain data, the same in the process and over HTTP. */
import type { AuditEvent } from '../event.ts'

export interface ImportRequest {
  readonly sink: string
  /** Each with its own uid, source and organisation; a slice is small enough for one request. */
  readonly events: readonly AuditEvent[]
}

export interface ImportResult {
  readonly added: number
  /** Those that the archive held already. */
  readonly known: number
  /** Kept back by the sink's rules. */
  readonly filtered: number
  readonly refused: readonly Refused[]
}

export interface Refused {
  readonly uid: string
  readonly reason: string
}
