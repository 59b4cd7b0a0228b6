/** Opens the embedded store's file: one writer, durable commits, damage found before it is used. */
import { accessSync, constants, existsSync, linkSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { errorCode, messageOf, OperationError } from '../../errors.ts'
import { addDigest, digestBytes, digestFrom } from '../../ledger/digest.ts'
import { makeFolder } from '../../lib/folder.ts'
import { makePrivate } from '../../lib/private-file.ts'
import { notePlace } from '../../lib/sqlite/place.ts'
import { orNoRoom } from '../../lib/sqlite/room.ts'
import { inUse, nameOwner, otherUser } from './owner.ts'

export const STATE_FILE = 'auditferry.db'

const SCHEMA_VERSION = 2

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS sources (key INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, state TEXT,
    log_start INTEGER NOT NULL DEFAULT 0, log_end INTEGER NOT NULL DEFAULT 0, log_bytes INTEGER NOT NULL DEFAULT 0);
  CREATE TABLE IF NOT EXISTS entries (key INTEGER PRIMARY KEY, source INTEGER NOT NULL, base INTEGER NOT NULL,
    count INTEGER NOT NULL, blob BLOB NOT NULL, UNIQUE (source, base));
  CREATE TABLE IF NOT EXISTS source_ledger (key INTEGER PRIMARY KEY, count INTEGER NOT NULL, digest BLOB NOT NULL,
    uids BLOB);
  CREATE TABLE IF NOT EXISTS quarantine (source INTEGER NOT NULL, id TEXT NOT NULL, at INTEGER NOT NULL,
    reason TEXT NOT NULL, bytes BLOB NOT NULL, UNIQUE (source, id));
  CREATE TABLE IF NOT EXISTS lanes (sink TEXT PRIMARY KEY, state TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS sink_ledger (sink TEXT NOT NULL, source TEXT NOT NULL, minute INTEGER NOT NULL,
    delivered INTEGER NOT NULL, filtered INTEGER NOT NULL, dead_lettered INTEGER NOT NULL, digest BLOB NOT NULL,
    replayed INTEGER NOT NULL DEFAULT 0, first_settled INTEGER, last_settled INTEGER, PRIMARY KEY (sink, source, minute)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS dead_letters (id TEXT PRIMARY KEY, sink TEXT NOT NULL, source TEXT NOT NULL,
    uid TEXT NOT NULL, at INTEGER NOT NULL, attempts INTEGER NOT NULL, reason TEXT NOT NULL, answer TEXT NOT NULL,
    state TEXT NOT NULL, event TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS pauses (component TEXT PRIMARY KEY, by TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;
  DROP INDEX IF EXISTS dead_letters_by_sink;
  CREATE INDEX IF NOT EXISTS dead_letters_of_sink ON dead_letters (sink, state, at, id);
  CREATE INDEX IF NOT EXISTS dead_letters_in_order ON dead_letters (state, at, id);
  CREATE TABLE IF NOT EXISTS left_lanes (source INTEGER NOT NULL, sink TEXT NOT NULL, log_end INTEGER NOT NULL,
    since INTEGER NOT NULL, PRIMARY KEY (source, sink)) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS trail (at INTEGER PRIMARY KEY, entry TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS kept (key TEXT PRIMARY KEY, text TEXT NOT NULL, until INTEGER NOT NULL) WITHOUT ROWID;
`

/**
 * A source and a minute as one number, ordered by both. As the row's own number it needs no index, and rows of a
 * kilobyte share a page, which they would not in a table WITHOUT ROWID.
 */
export function minuteKey(source: number, minute: number): number {
  return source * SOURCE_STEP + Math.min(Math.max(minute, 1 - SOURCE_STEP / 2), SOURCE_STEP / 2 - 1)
}

/** Far more minutes than the years 0000 to 9999 have; anything beyond is only asked for, never stored. */
const SOURCE_STEP = 2 ** 36

/** Statements that upgrade the tables of an older layout to this one. Layout 0 is a new file. */
const FROM_LAYOUT: Readonly<Record<number, string>> = {
  1: `INSERT INTO source_ledger SELECT source * ${SOURCE_STEP} + minute, count, digest, uids FROM ledger; DROP TABLE ledger`,
}

/**
 * Opens `<folder>/auditferry.db`, making it if needed. Throws OperationError when the folder can't be written, another
 * process holds the file, or the file is damaged.
 */
export function openDatabase(folder: string): DatabaseSync {
  const file = join(folder, STATE_FILE)
  makeStateFolder(folder)
  let db: DatabaseSync | undefined
  try {
    makeFile(file)
    db = new DatabaseSync(file)
    // EXCLUSIVE makes SQLite's own lock the engine's lock: it ends with the process, however that ends. With NORMAL,
    // `durable.ts` flushes the log before a write is reported.
    db.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
    db.exec(
      'PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -8000',
    )
    db.exec('BEGIN IMMEDIATE; COMMIT')
    // It is held now; to look through a large file takes a while.
    nameOwner(folder)
    refuseDamage(db, file)
    migrate(db, file)
    addFunctions(db)
    notePlace(db)
  } catch (error) {
    const cause = orNoRoom(error, folder)
    db?.close()
    throw explain(cause, folder, file)
  }
  return db
}

function makeStateFolder(folder: string): void {
  try {
    makeFolder(folder, 0o750)
  } catch (error) {
    throw new OperationError(
      `the state folder ${folder} can't be made (${messageOf(error)}): make it writable for this user, or set \`state.path\` to a folder that is`,
    )
  }
}

/**
 * SQLite takes an empty file for a new one, so after damage it would silently start over. Therefore the file is made
 * under another name and moved into place with its header: an empty file was emptied later.
 */
function makeFile(file: string): void {
  if (existsSync(file)) {
    if (statSync(file).size === 0) throw damaged(file, 'it is empty')
    return
  }
  const aside = `${file}.${process.pid}.new`
  makePrivate(aside)
  try {
    giveHeader(aside)
    linkSync(aside, file)
  } catch (error) {
    // If another process was faster, its file is used. On a file system without links, SQLite makes the file in place.
    if (!LINK_REFUSALS.has(errorCode(error) ?? '')) throw error
    makePrivate(file)
  } finally {
    rmSync(aside)
  }
}

function giveHeader(file: string): void {
  const db = new DatabaseSync(file)
  try {
    db.exec('PRAGMA journal_mode = WAL')
  } catch (error) {
    throw orNoRoom(error, dirname(file))
  } finally {
    db.close()
  }
}

const LINK_REFUSALS = new Set(['EEXIST', 'EPERM', 'ENOTSUP', 'ENOSYS', 'EOPNOTSUPP'])

function refuseDamage(db: DatabaseSync, file: string): void {
  const rows = db.prepare('PRAGMA quick_check(3)').all() as { quick_check: string }[]
  const findings = rows.map((row) => row.quick_check).filter((finding) => finding !== 'ok')
  if (findings.length > 0) throw damaged(file, findings.join('; '))
}

const ADDED_TO_SINK_LEDGER = [
  ['replayed', 'INTEGER NOT NULL DEFAULT 0'],
  ['first_settled', 'INTEGER'],
  ['last_settled', 'INTEGER'],
] as const

function migrate(db: DatabaseSync, file: string): void {
  const { user_version: version } = db.prepare('PRAGMA user_version').get() as { user_version: number }
  if (version > SCHEMA_VERSION) {
    throw new OperationError(
      `${file} was written by a newer auditferry (layout ${version}, this one knows ${SCHEMA_VERSION}): start the newer version`,
    )
  }
  // Where nothing is missing nothing is written, so that a file on a full disk can still be read.
  const upgrade = `${FROM_LAYOUT[version] ?? ''}; PRAGMA user_version = ${SCHEMA_VERSION};`
  db.exec(`BEGIN; ${SCHEMA}; ${version === SCHEMA_VERSION ? '' : upgrade} COMMIT`)
  // Columns that an older version ignores, so that it can still use this file.
  const columns = db.prepare('PRAGMA table_info(sink_ledger)').all() as { name: string }[]
  for (const [column, type] of ADDED_TO_SINK_LEDGER) {
    if (!columns.some(({ name }) => name === column))
      db.exec(`ALTER TABLE sink_ledger ADD COLUMN ${column} ${type}`)
  }
}

function addFunctions(db: DatabaseSync): void {
  db.function('add_digest', { deterministic: true }, (left, right) => {
    const sum = digestFrom(left as Uint8Array)
    addDigest(sum, digestFrom(right as Uint8Array))
    return digestBytes(sum)
  })
  db.function('join_uids', { deterministic: true }, (left, right) =>
    left === null || right === null ? null : Buffer.concat([left as Uint8Array, right as Uint8Array]),
  )
}

function explain(error: unknown, folder: string, file: string): Error {
  if (error instanceof OperationError) return error
  const message = messageOf(error)
  if (/locked|busy/i.test(message)) {
    return inUse(folder)
  }
  if (/malformed|not a database|corrupt|disk image/i.test(message)) return damaged(file, message)
  // On a file system that has become read-only, SQLite reports an I/O error.
  if (/read-?only|unable to open|permission/i.test(message) || !isWritable(folder)) {
    const other = otherUser(folder, file)
    if (other !== undefined) {
      return new OperationError(
        `the state in ${folder} belongs to ${other}, and to no other user: run this as that user, or set \`state.path\` to a folder of this one`,
      )
    }
    return new OperationError(
      `the state file ${file} can't be written (${message}): make the folder writable for this user, or set \`state.path\` to one that is`,
    )
  }
  if (/full|no space/i.test(message))
    return new OperationError(`no space left for the state file ${file}: free some space and start again`)
  return new OperationError(`the state file ${file} can't be opened: ${message}`)
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}

function damaged(file: string, finding: string): OperationError {
  return new OperationError(
    `the state file ${file} is damaged (${finding}). Nothing is lost at the source: move the file away (keep it, with its -wal), ` +
      'set `start` of each source to the time of its last delivery, and start again; what was in flight is sent again with the same uids',
  )
}
