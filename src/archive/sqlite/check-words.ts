/**
 * Whether searches find every event: the index must list each value as often as events have it. Comparing which events
 * those are, or the other words of each, would take longer than all other checks together.
 */
import type { DatabaseSync } from 'node:sqlite'
import { counted } from '../../lib/counted.ts'
import type { ArchiveFault } from '../check-archive.ts'
import { TEXT_FACETS } from '../facets.ts'
import { facetTerm } from './terms.ts'

export function wordFaults(db: DatabaseSync, isDropped: boolean): ArchiveFault[] {
  const indexed = countIndexed(db)
  return [...TEXT_FACETS, 'severity' as const].flatMap((facet) =>
    (
      db.prepare(`SELECT ${facet} AS value, COUNT(*) AS count FROM events GROUP BY ${facet}`).all() as {
        value: number
        count: number
      }[]
    ).flatMap(({ value, count }): ArchiveFault[] => {
      if (value === 0) return []
      const found = indexed.get(facetTerm(facet, value)) ?? 0
      // Events that retention dropped stay in the index until their whole shard goes.
      if (found === count || (isDropped && found > count)) return []
      const name = facet === 'severity' ? String(value) : textOf(db, value)
      const message = `a search for ${facet} ${JSON.stringify(name)} finds ${counted(found, 'event')} of ${count}: the index of words was changed`
      return [{ kind: found < count ? 'missing' : 'added', message }]
    }),
  )
}

/** How many events have each of the terms that stand for values. */
function countIndexed(db: DatabaseSync): Map<string, number> {
  const counts = new Map<string, number>()
  const shards = db.prepare('SELECT number FROM shards').all() as { number: number }[]
  for (const { number } of shards) {
    // Throws if the index is gone. https://sqlite.org/fts5.html#the_fts5vocab_virtual_table_module
    db.exec(`CREATE VIRTUAL TABLE temp.vocabulary USING fts5vocab ('main', 'words_${number}', 'row')`)
    // Leaves out the terms from `_u` to `_v`, of which each event has its own.
    const terms = db.prepare(
      "SELECT term, doc FROM temp.vocabulary WHERE term >= '_' AND term < '_u' UNION ALL SELECT term, doc FROM temp.vocabulary WHERE term >= '_v' AND term < '_z'",
    )
    for (const row of terms.iterate()) {
      const { term, doc } = row as { term: string; doc: number }
      counts.set(term, (counts.get(term) ?? 0) + doc)
    }
    db.exec('DROP TABLE temp.vocabulary')
  }
  return counts
}

function textOf(db: DatabaseSync, id: number): string {
  const row = db.prepare('SELECT text FROM texts WHERE id = ?').get(id) as { text: string } | undefined
  return row?.text ?? ''
}
