/** A query in terms of the tables. */
import type { Kysely } from 'kysely'
import type { EventQuery } from './archive.ts'
import { type TextFacet, textsOf } from './facets.ts'
import { KEY_STEP, LAST_SECOND, type Tables } from './schema.ts'
import { wantedWords } from './words.ts'

export interface Selection {
  /** Keys, [from, to). */
  readonly from: number
  readonly to: number
  readonly facets: readonly (readonly [TextFacet, number])[]
  readonly severity: number
  readonly words: readonly string[]
}

/** Undefined when nothing can match: one of its texts occurs nowhere, or its search text has no word. */
export async function resolveQuery(db: Kysely<Tables>, query: EventQuery): Promise<Selection | undefined> {
  const words = wantedWords(query.text)
  if (words === undefined) return undefined
  const texts = textsOf(query)
  const ids = await idsOf(db, new Set(texts.map(([, text]) => text)))
  const facets: [TextFacet, number][] = []
  for (const [facet, text] of texts) {
    const id = ids.get(text)
    if (id === undefined) return undefined
    facets.push([facet, id])
  }
  const { from = 0, to = LAST_SECOND, severity = 0 } = query
  return { from: keyAt(from), to: keyAt(to), facets, severity, words }
}

/** The first key that belongs to this second or a later one. */
function keyAt(second: number): number {
  return Math.min(Math.max(Math.ceil(second), 0), LAST_SECOND) * KEY_STEP
}

async function idsOf(db: Kysely<Tables>, texts: ReadonlySet<string>): Promise<Map<string, number>> {
  if (texts.size === 0) return new Map()
  const rows = await db
    .selectFrom('texts')
    .selectAll()
    .where('text', 'in', [...texts])
    .execute()
  return new Map(rows.map(({ id, text }) => [text, Number(id)]))
}

export async function textsById(db: Kysely<Tables>, ids: readonly number[]): Promise<Map<number, string>> {
  if (ids.length === 0) return new Map()
  const rows = await db.selectFrom('texts').selectAll().where('id', 'in', ids).execute()
  return new Map(rows.map(({ id, text }) => [Number(id), text]))
}
