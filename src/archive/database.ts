/** What a database gives so that an archive in it can be asked: the rest is the same for all of them. */
import type { LoadEvents } from './contents.ts'
import type { ArchiveDb, FoundRow, Part } from './query.ts'
import type { Selection } from './selection.ts'

export interface ArchiveDatabase {
  readonly db: ArchiveDb
  /** What it keeps for the rows that follow is its own. */
  loader(): LoadEvents
  /** Where the selection is looked for, with all of its conditions but the range of keys. */
  parts(selection: Selection): Promise<readonly Part[]>
  /** Rows that may be this event, told by the first 16 bytes of its uid. */
  byUid(uid: Uint8Array): Promise<readonly FoundRow[]>
  /** Resolves when more may be there, at the latest after a second. */
  changed(): Promise<void>
}
