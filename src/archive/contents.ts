/** From rows to events: entries are unpacked once, and the last ones are kept for the rows that follow. */
import { uidOf } from '../integrity/chain.ts'
import type { ArchivedEvent } from './archive.ts'
import { unpackEntry } from './entry.ts'
import type { ArchiveDb, FoundRow } from './query.ts'
import { secondOf } from './schema.ts'

interface Unpacked {
  readonly base: number
  readonly archivedAt: number
  readonly lines: readonly Buffer[]
}

export type LoadEvents = (rows: readonly FoundRow[]) => Promise<ArchivedEvent[]>

/** About 20 MB of events. */
const ENTRIES_KEPT = 256

/** Leaves out what retention drops meanwhile. */
export function createLoader(db: ArchiveDb): LoadEvents {
  const kept = new Map<number, Unpacked>()
  return async (rows) => {
    const wanted = new Set(rows.map(({ entry }) => entry))
    for (const number of kept.keys()) if (kept.size > ENTRIES_KEPT && !wanted.has(number)) kept.delete(number)
    await unpack(
      db,
      [...wanted].filter((number) => !kept.has(number)),
      kept,
    )
    const found = new Map(kept)
    return rows.flatMap(({ key, entry, place }) => {
      const unpacked = found.get(entry)
      const line = unpacked?.lines[place]
      if (unpacked === undefined || line === undefined) return []
      const { base, archivedAt } = unpacked
      return { sequence: base + place, uid: uidOf(line), timestamp: secondOf(key), archivedAt, line }
    })
  }
}

async function unpack(db: ArchiveDb, numbers: readonly number[], into: Map<number, Unpacked>): Promise<void> {
  if (numbers.length === 0) return
  const rows = await db
    .selectFrom('entries')
    .innerJoin('payloads', 'payloads.number', 'entries.number')
    .select(['entries.number', 'base', 'archived_at as archivedAt', 'blob'])
    .where('entries.number', 'in', numbers)
    .execute()
  const unpacked = await Promise.all(
    rows.map(async ({ number, base, archivedAt, blob }) => {
      const lines = await unpackEntry(number, blob)
      return [number, { base, archivedAt, lines }] as const
    }),
  )
  for (const [number, entry] of unpacked) into.set(number, entry)
}
