/** Turns rows into events: each entry is unpacked once, and the last ones are kept for the rows that follow. */
import { uidOf } from '../integrity/chain.ts'
import type { ArchivedEvent } from './archive.ts'
import { unpackEntry } from './entry.ts'
import type { ArchiveDb, FoundRow } from './query.ts'
import { secondOf } from './schema.ts'

export interface Loaded {
  readonly row: FoundRow
  readonly event: ArchivedEvent
}

/** In the order of the rows. Leaves out what retention drops in the meantime. */
export type LoadEvents = (rows: readonly FoundRow[]) => Promise<Loaded[]>

interface Unpacked {
  readonly base: number
  readonly archivedAt: number
  readonly lines: readonly Buffer[]
}

/** About 1 MB of events, which a download that nobody reads occupies for as long as it is open. */
const ENTRIES_KEPT = 8

export function createLoader(db: ArchiveDb): LoadEvents {
  let kept: ReadonlyMap<number, Unpacked> = new Map()
  return async (rows) => {
    const wanted = [...new Set(rows.map(({ entry }) => entry))]
    const before = kept
    const known = wanted.flatMap((number) => {
      const unpacked = before.get(number)
      return unpacked === undefined ? [] : [[number, unpacked] as const]
    })
    const read = await unpack(
      db,
      wanted.filter((number) => !before.has(number)),
    )
    const found = new Map([...known, ...read])
    kept = new Map([...found].slice(-ENTRIES_KEPT))
    return rows.flatMap((row) => {
      const unpacked = found.get(row.entry)
      const line = unpacked?.lines[row.place]
      if (unpacked === undefined || line === undefined) return []
      const { base, archivedAt } = unpacked
      const event = { sequence: base + row.place, uid: uidOf(line), timestamp: secondOf(row.key), archivedAt }
      // Copied, because a view would keep the whole entry in memory.
      return { row, event: { ...event, line: Buffer.from(line) } }
    })
  }
}

async function unpack(db: ArchiveDb, numbers: readonly number[]) {
  if (numbers.length === 0) return []
  const rows = await db
    .selectFrom('entries')
    .innerJoin('payloads', 'payloads.number', 'entries.number')
    .select(['entries.number', 'base', 'archived_at as archivedAt', 'blob'])
    .where('entries.number', 'in', numbers)
    .orderBy('entries.number')
    .execute()
  return Promise.all(
    rows.map(async ({ number, base, archivedAt, blob }) => {
      const lines = await unpackEntry(number, blob)
      return [number, { base, archivedAt, lines } satisfies Unpacked] as const
    }),
  )
}
