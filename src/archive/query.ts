/** From a selection to the SQL that both databases share. Rows come newest first. */
import { type Expression, type Kysely, type SelectQueryBuilder, type SqlBool, sql } from 'kysely'
import type { Tables } from './schema.ts'
import type { Selection } from './selection.ts'

/** Rows of `events` that may match, joined with whatever narrows them down. */
export type Matches = SelectQueryBuilder<Tables, 'events', object>

/**
 * A part of the archive that is searched at once. Parts may overlap in time; each event is in exactly one of them.
 * `newest`: no key in it is greater.
 */
export interface Part {
  readonly newest: number
  /** The expression for the key that is cheapest to bound and to sort by. */
  readonly key: Expression<number>
  matches(): Matches
  /**
   * A cheaper way to find the newest of them, if the part has one; it answers undefined when it does not apply to this
   * search.
   */
  find?(it: Sought): Promise<FoundRow[] | undefined>
}

/** Keys in [from, below). */
export interface Sought {
  readonly from: number
  readonly below: number
  readonly limit: number
}

export interface FoundRow {
  readonly key: number
  readonly entry: number
  readonly place: number
}

/** Conditions on the columns: all of the selection except its words. */
export function withFacets(matches: Matches, { facets, severity }: Selection): Matches {
  let narrowed = matches
  for (const [facet, id] of facets) narrowed = narrowed.where(`events.${facet}`, '=', id)
  return severity > 1 ? narrowed.where('events.severity', '>=', severity) : narrowed
}

export function between(matches: Matches, { key }: Pick<Part, 'key'>, from: number, below: number): Matches {
  return matches.where(sql<SqlBool>`${key} >= ${from}`).where(sql<SqlBool>`${key} < ${below}`)
}

/** The newest rows that match, with keys in [from, below), over all parts, newest first. */
export async function findRows(parts: readonly Part[], it: Sought): Promise<FoundRow[]> {
  let found: FoundRow[] = []
  for (const part of parts.toSorted((a, b) => b.newest - a.newest)) {
    const last = found.length < it.limit ? undefined : found.at(-1)
    // Everything in this part and those after it is older.
    if (part.newest < it.from || (last !== undefined && part.newest <= last.key)) break
    const sought = { ...it, from: (last?.key ?? it.from - 1) + 1 }
    const rows = (await part.find?.(sought)) ?? (await newestRows(part.matches(), part, sought))
    found = found.length === 0 ? rows : newest([...found, ...rows], it.limit)
  }
  return found
}

export function newestRows(
  matches: Matches,
  part: Pick<Part, 'key'>,
  { from, below, limit }: Sought,
): Promise<FoundRow[]> {
  return between(matches, part, from, below)
    .select(['events.key', 'events.entry', 'events.place'])
    .orderBy(sql`${part.key} desc`)
    .limit(limit)
    .execute()
}

function newest(rows: FoundRow[], limit: number): FoundRow[] {
  return rows.sort((a, b) => b.key - a.key).slice(0, limit)
}

export type ArchiveDb = Kysely<Tables>
