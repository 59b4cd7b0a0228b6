/** Reads a whole archive and names what was changed, removed or added since its events were archived. */
import { hash } from 'node:crypto'
import { messageOf } from '../errors.ts'
import type { AuditEvent } from '../event.ts'
import { parseNative } from '../formats/native.ts'
import { counted } from '../lib/counted.ts'
import { entryHash, isFloor, NO_ENTRY } from './chain.ts'
import { DIFFERING_TALLIES, tallyFault } from './check-tallies.ts'
import { unpackEntry } from './entry.ts'
import { TEXT_FACETS, textOf } from './facets.ts'
import { type EntryRow, type EventRow, secondOf } from './schema.ts'

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

/** What is checked, as of one moment, though an engine may write meanwhile. */
export interface ArchiveRows {
  /** Unix seconds: older events were dropped by retention. */
  floor(): Promise<number>
  /** Ascending by number. */
  entries(): AsyncIterable<EntryRow> | Iterable<EntryRow>
  payload(number: number): Promise<Uint8Array | undefined>
  /** The rows of an entry, by their places. */
  rowsOf(entry: EntryRow): Promise<readonly NamedRow[]>
  /** How many rows of events there are, and how many were counted when they were archived. */
  counts(): Promise<{ readonly events: number; readonly tallied: number }>
  /** A row whose entry does not exist. */
  stray(): Promise<Pick<EventRow, 'uid'> | undefined>
  /** Whether the event's words lead to the row, if rows have words of their own. */
  hasWords?(row: NamedRow, event: AuditEvent): boolean
  /** The first row of a statement of numbers. */
  numbers(sql: string): Promise<Readonly<Record<string, number | null>> | undefined>
  /** Faults of an index of words that is kept beside the rows. */
  wordFaults?(isDropped: boolean): readonly ArchiveFault[]
}

export interface NamedRow extends EventRow {
  readonly texts: Readonly<Record<string, string | null>>
}

/** At most this many faults are reported. */
const MOST_FAULTS = 20

/** `faults`: what the database itself found; this check adds to it. */
export async function checkArchive(rows: ArchiveRows, faults: ArchiveFault[]): Promise<CheckedArchive> {
  const floor = await rows.floor()
  let previous: EntryRow | undefined
  let matched = 0
  for await (const entry of rows.entries()) {
    faults.push(...linkFaults(entry, previous))
    previous = entry
    if (isFloor(entry)) continue
    const blob = await rows.payload(entry.number)
    const named = await rows.rowsOf(entry)
    matched += named.length
    if (blob !== undefined) faults.push(...(await entryFaults(rows, entry, blob, named, floor)))
    else if (entry.newest >= floor)
      faults.push({
        kind: 'missing',
        message: `the events of entry ${entry.number} (${span(entry)}) are missing`,
        ...uidOfRow(named[0]),
      })
    if (faults.length >= MOST_FAULTS) break
  }
  const { events, tallied } = await rows.counts()
  if (faults.length < MOST_FAULTS && events !== matched) {
    const message = `${counted(events - matched, 'row')} of no event`
    faults.push({ kind: 'added', message, ...uidOfRow(await rows.stray()) })
  }
  if (faults.length === 0 && tallied !== events)
    faults.push({
      kind: tallied > events ? 'missing' : 'added',
      message: `${events} events are there, ${tallied} were counted when they came`,
    })
  // A changed row has been reported above, and would be reported twice.
  if (faults.length === 0) faults.push(...(await tallyFaults(rows)))
  if (faults.length === 0) faults.push(...(rows.wordFaults?.(floor > 0) ?? []).slice(0, MOST_FAULTS))
  const last =
    previous === undefined
      ? []
      : [
          `the chain ends with entry ${previous.number}, hash ${Buffer.from(previous.hash).toString('hex')}: compare it with one that was kept elsewhere`,
        ]
  return { events, faults, notes: last }
}

async function tallyFaults(rows: ArchiveRows): Promise<ArchiveFault[]> {
  for (const sql of DIFFERING_TALLIES) {
    const second = (await rows.numbers(sql))?.second
    if (second != null) return [tallyFault(Number(second))]
  }
  return []
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
  database: ArchiveRows,
  entry: EntryRow,
  blob: Uint8Array,
  rows: readonly NamedRow[],
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
    return eventFaults(database, event, row, floor, isWhole)
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
  database: ArchiveRows,
  event: AuditEvent | undefined,
  row: NamedRow | undefined,
  floor: number,
  isWhole: boolean,
): ArchiveFault[] {
  if (event === undefined)
    return [{ kind: 'changed', message: 'a line is no event any more', ...uidOfRow(row) }]
  const { uid } = event
  // Below the floor rows are gone, but their payload stays as long as its entry has younger events.
  if (row === undefined)
    return event.timestamp < floor
      ? []
      : [{ kind: 'missing', uid, message: 'no search finds the event any more: its row was removed' }]
  const isSame =
    Buffer.from(row.uid).toString('hex') === uid.slice(0, 32) &&
    secondOf(row.key) === event.timestamp &&
    row.severity === event.severity &&
    TEXT_FACETS.every((facet) => (row.texts[facet] ?? undefined) === textOf(event, facet))
  const isFound = database.hasWords?.(row, event) ?? true
  if (isSame && !isFound) {
    return [{ kind: 'changed', uid, message: 'searches do not find the event by its words any more' }]
  }
  if (isSame) return []
  const message = isWhole ? 'its row says something else than the event' : 'the event was changed'
  return [{ kind: 'changed', uid, message }]
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
