/** What an archive's sink and the commands do with it besides querying; both databases offer it. */
import type { Archive } from './archive.ts'
import type { CheckedArchive } from './check-archive.ts'

export interface StoredArchive extends Archive {
  /**
   * Archives what is not there yet. Everything is durable when this resolves, and nothing was stored when it throws.
   * Events that can't be kept at all are answered with the reason, by their place in the list. After an abort it no
   * longer waits for a database.
   */
  append(events: readonly NewEvent[], signal?: AbortSignal): Promise<Appended>
  /**
   * Retention: drops whole UTC days before this second and records that it did, then drops the texts that no event has
   * any more. Answers how many events were dropped. After an abort it ends with the step under way.
   */
  dropBefore(second: number, signal?: AbortSignal): Promise<number>
  /** Throws ArchiveFailure where `append` would pause. Absent where opening it shows that already. */
  mayAppend?(): Promise<void>
  /** Reads everything and names what was changed, removed or added. Throws ArchiveFailure when it can't be reached. */
  verify(): Promise<CheckedArchive>
  /** For an archive that only one process may write to: lets another one write, until something is written again. */
  release?(): Promise<void>
  close(): Promise<void>
}

export interface NewEvent {
  readonly uid: string
  /** Unix seconds. */
  readonly timestamp: number
  /** In native format, without line end. */
  readonly line: Uint8Array
}

export interface Appended {
  /** Events that were not archived before. */
  readonly added: number
  readonly refused: ReadonlyMap<number, string>
}
