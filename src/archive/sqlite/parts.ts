/** Where to look for a selection: in the rows, or, if words or facets narrow it down, in the shards of the index. */
import { sql } from 'kysely'
import { parseNative } from '../../formats/native.ts'
import type { LoadEvents } from '../contents.ts'
import { hasWords } from '../matcher.ts'
import {
  type ArchiveDb,
  type FoundRow,
  type Matches,
  newestRows,
  type Part,
  type Sought,
  withFacets,
} from '../query.ts'
import type { Selection } from '../selection.ts'
import type { Shard } from './shards.ts'
import { matchOf, narrowOf, uidTerm } from './terms.ts'

/**
 * How many events of a shard are read to see whether they have the words: costs about as much as searching for common
 * ones.
 */
const CANDIDATES = 32

export async function partsOf(db: ArchiveDb, load: LoadEvents, selection: Selection): Promise<Part[]> {
  const match = matchOf(selection)
  if (match === undefined) {
    const matches = () => withFacets(db.selectFrom('events') as unknown as Matches, selection)
    return [{ newest: Infinity, key: sql`events.key`, matches }]
  }
  const { from, to } = selection
  const { facets, starts } = narrowOf(selection)
  const rarer = new Set(starts)
  return (await shardsOf(db))
    .filter(({ oldest, newest }) => newest >= from && oldest < to)
    .map(({ number, newest }) => {
      const key = sql<number>`w.rowid`
      const matches = () => withFacets(matching(db, number, match), selection)
      const find = async (sought: Sought) => {
        for (const narrow of [...facets, ...rarer]) {
          const few = withFacets(matching(db, number, narrow), selection)
          const rows = await newestRows(few, { key }, { ...sought, limit: CANDIDATES + 1 })
          if (rows.length > CANDIDATES) {
            // A word that is common in a newer shard is common in older ones too, where trying it again would cost too
            // much.
            rarer.delete(narrow)
            continue
          }
          const found = (await load(rows)).filter(({ event }) =>
            hasWords(parseNative(event.line), selection.words),
          )
          return found.slice(0, sought.limit).map(({ row }) => row)
        }
        return undefined
      }
      return { newest, key, matches, find }
    })
}

export async function findUid(db: ArchiveDb, uid: Uint8Array): Promise<FoundRow[]> {
  for (const { number } of await shardsOf(db)) {
    const rows = await matching(db, number, `"${uidTerm(Buffer.from(uid).toString('hex'))}"`)
      .select(['events.key', 'events.entry', 'events.place'])
      .where('events.uid', '=', uid)
      .execute()
    if (rows.length > 0) return rows
  }
  return []
}

/** Newest first. */
async function shardsOf(db: ArchiveDb): Promise<Shard[]> {
  const { rows } = await sql<Shard>`SELECT * FROM shards ORDER BY number DESC`.execute(db)
  return rows
}

/** Reads the index first, in its own order: in SQLite, CROSS JOIN enforces that. */
function matching(db: ArchiveDb, shard: number, match: string): Matches {
  const table = `words_${shard}`
  return db
    .selectFrom(sql<{ rowid: number }>`${sql.table(table)}`.as('w'))
    .crossJoin('events')
    .whereRef('events.key', '=', 'w.rowid')
    .where(sql<boolean>`${sql.ref(table)} match ${match}`) as unknown as Matches
}
