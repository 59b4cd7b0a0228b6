/** What `auditferry verify` checks in a SQLite file. */
import type { DatabaseSync } from 'node:sqlite'
import { type ArchiveFault, type ArchiveRows, type CheckedArchive, checkArchive } from '../check-archive.ts'
import { TEXT_FACETS } from '../facets.ts'
import { type EntryRow, type EventRow, KEY_STEP } from '../schema.ts'
import { shardFaults } from './check-shards.ts'
import { wordFaults } from './check-words.ts'
import { CURE_OF_DAMAGE, explainError } from './failure.ts'
import { openForReading } from './open.ts'

export async function checkArchiveFile(path: string): Promise<CheckedArchive> {
  const faults: ArchiveFault[] = []
  let db: DatabaseSync | undefined
  try {
    db = openForReading(path)
    // Reads everything as of now, though an engine may write meanwhile.
    db.exec('BEGIN')
    const findings = (db.prepare('PRAGMA quick_check(3)').all() as { quick_check: string }[])
      .map((row) => row.quick_check)
      .filter((finding) => finding !== 'ok')
    if (findings.length > 0)
      faults.push({ kind: 'damaged', message: `${findings.join('; ')}; ${CURE_OF_DAMAGE}` })
    return await checkArchive(rowsIn(db), faults)
  } catch (error) {
    faults.push({ kind: 'damaged', message: `can’t be read on: ${explainError(path, error).message}` })
    return { events: 0, faults, notes: [] }
  } finally {
    db?.close()
  }
}

function rowsIn(db: DatabaseSync): ArchiveRows {
  // Somebody who changed a value by hand may have left one of another type.
  const payload = db.prepare('SELECT CAST(blob AS BLOB) AS blob FROM payloads WHERE number = ?')
  const hashes = ['payload_hash', 'hash'].map((name) => `CAST(${name} AS BLOB) AS ${name}`)
  const names = TEXT_FACETS.map((facet) => `(SELECT text FROM texts WHERE id = ${facet}) AS text_${facet}`)
  const find = db.prepare(
    `SELECT *, ${names.join(', ')} FROM events WHERE key >= ? AND key < ? AND entry = ? ORDER BY place`,
  )
  const first = (sql: string) => db.prepare(sql).get() as unknown
  return {
    floor: async () =>
      (first('SELECT MAX(oldest) AS floor FROM entries WHERE count = 0') as { floor: number | null }).floor ??
      0,
    entries: () =>
      db
        .prepare(`SELECT *, ${hashes.join(', ')} FROM entries ORDER BY number`)
        .iterate() as unknown as Iterable<EntryRow>,
    payload: async (number) => (payload.get(number) as { blob: Uint8Array } | undefined)?.blob,
    rowsOf: async ({ number, oldest, newest }) =>
      find.all(oldest * KEY_STEP, (newest + 1) * KEY_STEP, number).map((row) => ({
        ...(row as unknown as EventRow),
        texts: Object.fromEntries(TEXT_FACETS.map((facet) => [facet, row[`text_${facet}`] as string | null])),
      })),
    counts: async () =>
      first(
        'SELECT (SELECT COUNT(*) FROM events) AS events, (SELECT TOTAL(count) FROM day_tallies WHERE field = 0) AS tallied',
      ) as { events: number; tallied: number },
    stray: async () =>
      first('SELECT * FROM events WHERE entry NOT IN (SELECT number FROM entries WHERE count > 0) LIMIT 1') as
        | EventRow
        | undefined,
    numbers: async (sql) => first(sql) as Record<string, number | null> | undefined,
    wordFaults: (isDropped) => [...wordFaults(db, isDropped), ...shardFaults(db)],
  }
}
