/** What a database must provide so that its archive can be queried; the rest is the same for all databases. */
import type { LoadEvents } from './contents.ts'
import type { ArchiveDb, FoundRow, Part } from './query.ts'
import type { Selection } from './selection.ts'

export interface ArchiveDatabase {
  readonly db: ArchiveDb
  /** Each loader has its own cache of entries for the rows that follow. */
  loader(): LoadEvents
  /** Where to look for the selection; each part has all of its conditions except the range of keys. */
  parts(selection: Selection): Promise<readonly Part[]>
  /** Rows that may be this event, found by the first 16 bytes of its uid. */
  byUid(uid: Uint8Array): Promise<readonly FoundRow[]>
  /** Resolves when there may be more events, after a second at the latest. */
  changed(): Promise<void>
}
