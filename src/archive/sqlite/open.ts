/** Opens an archive's file, for its one writer or for reading. */
import { existsSync, rmSync, statSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { OperationError } from '../../errors.ts'
import { makeFolder } from '../../lib/folder.ts'
import { makePrivate } from '../../lib/private-file.ts'
import { notePlace } from '../../lib/sqlite/place.ts'
import { orNoRoom } from '../../lib/sqlite/room.ts'
import { APPLICATION_ID, LAYOUT, TABLES, TRIGGERS } from './ddl.ts'

/**
 * Held by the writer's process until it ends, in whatever way. It is SQLite's own lock on a file beside the archive,
 * because others read the archive itself meanwhile.
 */
function lockPath(path: string): string {
  return `${path}.lock`
}

interface Writing {
  readonly db: DatabaseSync
  close(): void
}

/** Makes the file if there is none. Throws errors of SQLite and the file system, and OperationError. */
export function openForWriting(path: string): Writing {
  makeFolder(dirname(path), 0o750)
  makePrivate(lockPath(path))
  const lock = new DatabaseSync(lockPath(path))
  let db: DatabaseSync | undefined
  let isNew = false
  try {
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
    isNew = !existsSync(path)
    if (!isNew && statSync(path).size === 0) throw new OperationError('the file is empty: it was an archive')
    if (isNew) makePrivate(path)
    db = new DatabaseSync(path)
    if (isNew) db.exec('PRAGMA page_size = 8192')
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY')
    db.exec(
      'PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -65536',
    )
    prepareTables(db)
    notePlace(db)
    const opened = db
    return {
      db: opened,
      close() {
        opened.close()
        lock.close()
      },
    }
  } catch (error) {
    const cause = orNoRoom(error, dirname(path))
    db?.close()
    // Removed, because an empty file would look like an archive that was emptied.
    if (isNew && statSync(path, { throwIfNoEntry: false })?.size === 0) rmSync(path)
    lock.close()
    throw cause
  }
}

/** The message about a file that was removed or replaced under its writer. */
export function displaced(file: string, what: string): string {
  return `${basename(file)} ${what}: bring it back; or let the new archive that begins there be filled by \`npx auditferry backfill --sink\``
}

export function openForReading(path: string): DatabaseSync {
  const db = new DatabaseSync(path, { readOnly: true, timeout: 5_000 })
  db.exec('PRAGMA temp_store = MEMORY; PRAGMA cache_size = -65536')
  refuseOthers(db)
  return db
}

function prepareTables(db: DatabaseSync): void {
  const { count } = db.prepare('SELECT COUNT(*) AS count FROM sqlite_schema').get() as { count: number }
  if (count > 0) refuseOthers(db)
  else
    db.exec(
      `BEGIN; ${TABLES}; ${TRIGGERS}; PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${LAYOUT}; COMMIT`,
    )
  // From now on the file itself identifies what it is.
  if (count === 0) db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
}

function refuseOthers(db: DatabaseSync): void {
  const number = (name: string) => Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0]
  if (number('application_id') !== APPLICATION_ID)
    throw new OperationError('the file is no archive: move it away, or choose another path')
  const layout = Number(number('user_version'))
  if (layout > LAYOUT)
    throw new OperationError(
      `the archive was written by a newer auditferry (layout ${layout}, this one knows ${LAYOUT}): start the newer version`,
    )
}
