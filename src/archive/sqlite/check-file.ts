/** Reads a whole archive and names what was changed, removed or added since its events were archived. */
import { hash } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { messageOf } from '../../errors.ts'
import type { AuditEvent } from '../../event.ts'
import { parseNative } from '../../formats/native.ts'
import { entryHash, isFloor, NO_ENTRY } from '../chain.ts'
import { unpackEntry } from '../entry.ts'
import { TEXT_FACETS, textOf } from '../facets.ts'
import { type EntryRow, type EventRow, KEY_STEP, secondOf } from '../schema.ts'
import { wordFaults } from './check-words.ts'
import { openForReading } from './open.ts'

export interface ArchiveFault {
  readonly kind: 'missing' | 'changed' | 'added' | 'damaged'
  readonly uid?: string
  readonly message: string
}

export interface CheckedArchive {
  readonly events: number
  readonly faults: readonly ArchiveFault[]
  readonly notes: readonly string[]
}

/** More are not told. */
const MOST_FAULTS = 20

export async function checkArchiveFile(path: string): Promise<CheckedArchive> {
  const faults: ArchiveFault[] = []
  let db: DatabaseSync | undefined
  try {
    db = openForReading(path)
    // All of it as it is now, though an engine may write meanwhile.
    db.exec('BEGIN')
    const findings = (db.prepare('PRAGMA quick_check(3)').all() as { quick_check: string }[])
      .map((row) => row.quick_check)
      .filter((finding) => finding !== 'ok')
    if (findings.length > 0) faults.push({ kind: 'damaged', message: findings.join('; ') })
    return await check(db, faults)
  } catch (error) {
    faults.push({ kind: 'damaged', message: `can’t be read on: ${messageOf(error)}` })
    return { events: 0, faults, notes: [] }
  } finally {
    db?.close()
  }
}

async function check(db: DatabaseSync, faults: ArchiveFault[]): Promise<CheckedArchive> {
  const floor =
    (db.prepare('SELECT MAX(oldest) AS floor FROM entries WHERE count = 0').get() as { floor: number | null })
      .floor ?? 0
  const payload = db.prepare('SELECT blob FROM payloads WHERE number = ?')
  const rowsOf = createRows(db)
  let previous: EntryRow | undefined
  let matched = 0
  for (const row of db.prepare('SELECT * FROM entries ORDER BY number').iterate()) {
    const entry = row as unknown as EntryRow
    faults.push(...linkFaults(entry, previous))
    previous = entry
    if (isFloor(entry)) continue
    const { blob } = (payload.get(entry.number) ?? {}) as { blob?: Uint8Array }
    const rows = rowsOf(entry)
    matched += rows.length
    if (blob !== undefined) faults.push(...(await entryFaults(entry, blob, rows, floor)))
    else if (entry.newest >= floor)
      faults.push({
        kind: 'missing',
        message: `the events of entry ${entry.number} (${span(entry)}) are missing`,
        ...uidOfRow(rows[0]),
      })
    if (faults.length >= MOST_FAULTS) break
  }
  const { events, told } = db
    .prepare(
      'SELECT (SELECT COUNT(*) FROM events) AS events, (SELECT TOTAL(count) FROM day_tallies WHERE field = 0) AS told',
    )
    .get() as { events: number; told: number }
  if (faults.length < MOST_FAULTS) faults.push(...strays(db, events - matched))
  if (faults.length === 0 && told !== events)
    faults.push({
      kind: told > events ? 'missing' : 'added',
      message: `${events} events are there, ${told} were counted when they came`,
    })
  // A row that was changed is told above, and would be told once more.
  if (faults.length === 0) faults.push(...wordFaults(db, floor > 0).slice(0, MOST_FAULTS))
  const last =
    previous === undefined
      ? []
      : [
          `the chain ends with entry ${previous.number}, hash ${Buffer.from(previous.hash).toString('hex')}: compare it with one that was kept elsewhere`,
        ]
  return { events, faults, notes: last }
}

function linkFaults(entry: EntryRow, previous: EntryRow | undefined): ArchiveFault[] {
  const expected = (previous?.number ?? 0) + 1
  if (entry.number !== expected) {
    const message = `entries ${expected} to ${entry.number - 1} are missing, with events ${previous === undefined ? 1 : previous.base + previous.count} to ${entry.base - 1}`
    return [{ kind: 'missing', message }]
  }
  const base = previous === undefined ? 1 : previous.base + previous.count
  const isLinked = Buffer.from(entryHash(previous?.hash ?? NO_ENTRY, entry)).equals(entry.hash)
  if (isLinked && entry.base === base) return []
  return [
    {
      kind: 'changed',
      message: `entry ${entry.number} (${span(entry)}) has another hash than its own, or follows on another entry`,
    },
  ]
}

async function entryFaults(
  entry: EntryRow,
  blob: Uint8Array,
  rows: readonly Named[],
  floor: number,
): Promise<ArchiveFault[]> {
  const isWhole = Buffer.from(entry.payload_hash).equals(hash('sha256', blob, 'buffer'))
  let lines: readonly Buffer[]
  try {
    lines = await unpackEntry(entry.number, blob)
  } catch (error) {
    return [{ kind: 'damaged', message: `${messageOf(error)}; it held ${span(entry)}`, ...uidOfRow(rows[0]) }]
  }
  const byPlace = new Map(rows.map((row) => [row.place, row]))
  const faults = lines.flatMap((line, place) => {
    const event = parsed(line)
    const row = byPlace.get(place)
    byPlace.delete(place)
    return eventFaults(event, row, floor, isWhole)
  })
  for (const row of byPlace.values())
    faults.push({ kind: 'added', message: 'a row of no event', ...uidOfRow(row) })
  if (rows.length > new Set(rows.map(({ place }) => place)).size)
    faults.push({ kind: 'added', message: `entry ${entry.number} has more rows than events` })
  if (!isWhole && faults.length === 0)
    faults.push({
      kind: 'changed',
      message: `the events of entry ${entry.number} (${span(entry)}) are not those that were archived`,
    })
  return faults
}

function eventFaults(
  event: AuditEvent | undefined,
  row: Named | undefined,
  floor: number,
  isWhole: boolean,
): ArchiveFault[] {
  if (event === undefined)
    return [{ kind: 'changed', message: 'a line is no event any more', ...uidOfRow(row) }]
  const { uid } = event
  // Below the floor rows are gone, and lines stay as long as their entry has younger ones.
  if (row === undefined)
    return event.timestamp < floor
      ? []
      : [{ kind: 'missing', uid, message: 'no search finds the event any more: its row was removed' }]
  const isSame =
    Buffer.from(row.uid).toString('hex') === uid.slice(0, 32) &&
    secondOf(row.key) === event.timestamp &&
    row.severity === event.severity &&
    TEXT_FACETS.every((facet) => (row.texts[facet] ?? undefined) === textOf(event, facet))
  if (isSame) return []
  const message = isWhole ? 'its row says something else than the event' : 'the event was changed'
  return [{ kind: 'changed', uid, message }]
}

/** Rows of entries that there are not. */
function strays(db: DatabaseSync, count: number): ArchiveFault[] {
  if (count === 0) return []
  const row = db
    .prepare('SELECT * FROM events WHERE entry NOT IN (SELECT number FROM entries WHERE count > 0) LIMIT 1')
    .get()
  return [
    {
      kind: 'added',
      message: `${count} rows of no event`,
      ...uidOfRow(row as unknown as EventRow | undefined),
    },
  ]
}

interface Named extends EventRow {
  readonly texts: Readonly<Record<string, string | null>>
}

function createRows(db: DatabaseSync): (entry: EntryRow) => Named[] {
  const names = TEXT_FACETS.map((facet) => `(SELECT text FROM texts WHERE id = ${facet}) AS text_${facet}`)
  const find = db.prepare(
    `SELECT *, ${names.join(', ')} FROM events WHERE key >= ? AND key < ? AND entry = ? ORDER BY place`,
  )
  return ({ number, oldest, newest }) =>
    find.all(oldest * KEY_STEP, (newest + 1) * KEY_STEP, number).map((row) => ({
      ...(row as unknown as EventRow),
      texts: Object.fromEntries(TEXT_FACETS.map((facet) => [facet, row[`text_${facet}`] as string | null])),
    }))
}

function parsed(line: Uint8Array): AuditEvent | undefined {
  try {
    return parseNative(line)
  } catch {
    return undefined
  }
}

function span({ base, count }: EntryRow): string {
  return count === 1 ? `event ${base}` : `events ${base} to ${base + count - 1}`
}

function uidOfRow(row: Pick<EventRow, 'uid'> | undefined): { uid?: string } {
  return row === undefined ? {} : { uid: `${Buffer.from(row.uid).toString('hex')}…` }
}
