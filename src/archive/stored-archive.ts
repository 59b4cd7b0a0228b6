/** What an archive's sink and the commands do with it, beside asking: both databases offer it. */
import type { Archive } from './archive.ts'
import type { CheckedArchive } from './check-archive.ts'

export interface StoredArchive extends Archive {
  /**
   * Archives what is not there yet; all of it is durable when this resolves, and none of it when it throws. Events
   * that can't be kept at all are answered, by their place in the list, with the reason. After an abort a database is not waited for.
   */
  append(events: readonly NewEvent[], signal?: AbortSignal): Promise<Appended>
  /**
   * Retention: drops whole UTC days before this second, and records that it did; then the texts that no event has any more.
   * Answers how many events went. After an abort it ends with the day that is under way.
   */
  dropBefore(second: number, signal?: AbortSignal): Promise<number>
  /** Reads all of it and names what was changed, removed or added. Throws ArchiveFailure when it can't be reached. */
  verify(): Promise<CheckedArchive>
  /** Of one that only one process may write to: lets another write, until something is written again. */
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
  /** Events that were not there before. */
  readonly added: number
  readonly refused: ReadonlyMap<number, string>
}
