/** Answers an archive's queries from either database. */
import { parseNative } from '../formats/native.ts'
import { abortable } from '../lib/abortable.ts'
import type { Archive, ArchivedEvent, EventQuery } from './archive.ts'
import type { Loaded } from './contents.ts'
import { countSlices, countTop, measureExtent } from './counts.ts'
import { cursorOf, keyOfCursor } from './cursor.ts'
import type { ArchiveDatabase } from './database.ts'
import { createMatcher } from './matcher.ts'
import { findRows } from './query.ts'
import { resolveQuery } from './selection.ts'

/** How many rows are looked up at once when all of them are read. */
const ROWS_AHEAD = 4_096
/**
 * How many events a piece holds, and roughly how many bytes. While a reader pauses, three pieces stay in memory, each
 * both as events and in the form in which they are sent.
 */
const PIECE = 1_024
const PIECE_BYTES = 128 << 10
/** How many entries a follower gets at once. */
const ENTRIES_AT_ONCE = 32

export interface AskedArchive extends Archive {
  /** Resolves when followers know where they begin: they see everything that is appended after that. */
  started(): Promise<void>
}

export function askArchive(database: ArchiveDatabase): AskedArchive {
  const { db } = database
  const starts = new Set<Promise<number>>()
  const load = database.loader()

  async function search(query: EventQuery, below: number, limit: number) {
    const selection = await resolveQuery(db, query)
    if (selection === undefined) return []
    const { from } = selection
    const to = Math.min(selection.to, below)
    return findRows(await database.parts({ ...selection, to }), { from, below: to, limit })
  }

  async function page(query: EventQuery, { limit, cursor }: { limit: number; cursor?: string }) {
    const below = cursor === undefined ? Infinity : keyOfCursor(cursor)
    // One more than asked for shows whether there is another page.
    const rows = await search(query, below, limit + 1)
    const shown = rows.slice(0, limit)
    const last = rows.length > limit ? shown.at(-1) : undefined
    return { events: eventsOf(await load(shown)), next: last && cursorOf(last.key) }
  }

  async function* read(query: EventQuery, signal: AbortSignal): AsyncGenerator<readonly ArchivedEvent[]> {
    const loadNext = database.loader()
    let size = PIECE_BYTES >> 10
    for (let below = Infinity; ; ) {
      const rows = await abortable(search(query, below, ROWS_AHEAD), signal)
      for (let at = 0; at < rows.length; ) {
        const next = rows.slice(at, at + size)
        const piece = eventsOf(await abortable(loadNext(next), signal))
        at += next.length
        size = fittingPiece(piece)
        if (piece.length > 0) yield piece
      }
      const last = rows.at(-1)
      if (last === undefined || rows.length < ROWS_AHEAD) return
      below = last.key
    }
  }

  async function newestEntry(): Promise<number> {
    const row = await db
      .selectFrom('entries')
      .select(({ fn }) => fn.max('number').as('number'))
      .executeTakeFirst()
    return row?.number ?? 0
  }

  async function* follow(query: EventQuery, start: Promise<number>, signal: AbortSignal) {
    const matches = createMatcher(query)
    const loadNext = database.loader()
    for (let last = await start; !signal.aborted; ) {
      const entries = await db
        .selectFrom('entries')
        .select(['number', 'count'])
        .where('number', '>', last)
        .orderBy('number')
        .limit(ENTRIES_AT_ONCE)
        .execute()
      const rows = entries.flatMap(({ number, count }) =>
        Array.from({ length: count }, (_, place) => ({ key: 0, entry: number, place })),
      )
      const events = eventsOf(await loadNext(rows)).flatMap((archived) => {
        const event = parseNative(archived.line)
        return matches(event) ? { ...archived, timestamp: event.timestamp } : []
      })
      if (events.length > 0) yield events
      last = entries.at(-1)?.number ?? last
      if (entries.length === 0) await abortable(database.changed(), signal).catch(() => undefined)
    }
  }

  return {
    page: (query, at, signal) => abortable(page(query, at), signal),
    read,
    async find(uid, signal) {
      if (!/^[0-9a-f]{64}$/.test(uid)) return undefined
      const rows = await abortable(database.byUid(Buffer.from(uid.slice(0, 32), 'hex')), signal)
      return eventsOf(await abortable(load(rows), signal)).find((event) => event.uid === uid)
    },
    follow(query, signal) {
      const start = newestEntry()
      starts.add(start)
      const known = () => starts.delete(start)
      start.then(known, known)
      return follow(query, start, signal)
    },
    started: async () => void (await Promise.allSettled(starts)),
    histogram: (query, slice, signal) => abortable(countSlices(database, query, slice), signal),
    top: (query, field, limit, signal) => abortable(countTop(database, query, field, limit), signal),
    extent: (signal) => abortable(measureExtent(db), signal),
  }
}

/** How many events to put into the next piece, assuming that they are as long as these. */
function fittingPiece(piece: readonly ArchivedEvent[]): number {
  const bytes = piece.reduce((sum, { line }) => sum + line.byteLength, 0)
  return Math.min(PIECE, Math.ceil(Math.max(1, piece.length) * (PIECE_BYTES / Math.max(1, bytes))))
}

function eventsOf(loaded: readonly Loaded[]): ArchivedEvent[] {
  return loaded.map(({ event }) => event)
}
