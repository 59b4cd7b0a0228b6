/**
 * Whether searches reach everything in each shard of the index: a shard is searched only for times within its bounds.
 */
import type { DatabaseSync } from 'node:sqlite'
import type { ArchiveFault } from '../check-archive.ts'
import { secondOf } from '../schema.ts'
import type { Shard } from './shards.ts'
import { facetTerm } from './terms.ts'

/** Every event has one of these, and so a term in the index. */
const SEVERITIES = [1, 2, 3, 4]

export function shardFaults(db: DatabaseSync): ArchiveFault[] {
  const shards = db.prepare('SELECT * FROM shards').all() as unknown as Shard[]
  return shards.flatMap(({ number, oldest, newest }): ArchiveFault[] => {
    const end = (severity: number, order: 'ASC' | 'DESC') =>
      db
        .prepare(
          `SELECT rowid AS key FROM words_${number} WHERE words_${number} MATCH ? ORDER BY rowid ${order} LIMIT 1`,
        )
        .get(`"${facetTerm('severity', severity)}"`) as { key: number } | undefined
    const left = SEVERITIES.flatMap((severity) => [end(severity, 'ASC'), end(severity, 'DESC')]).find(
      (it) => it !== undefined && (it.key < oldest || it.key > newest),
    )
    if (left === undefined) return []
    const time = new Date(secondOf(left.key) * 1000).toISOString()
    const message = `searches leave out events, such as one of ${time}: the bounds of the index of words were changed`
    return [{ kind: 'missing', message }]
  })
}
