/**
 * Removes texts that no event has any more because retention has dropped the last one. Every text of an event except
 * its project also occurs in the tallies of its hour or day, which go with the day; the project is in the index of
 * words.
 */
import type { DatabaseSync } from 'node:sqlite'
import { inTransaction } from '../../lib/sqlite/transaction.ts'
import { KINDS } from '../retention.ts'
import { keep } from './ddl.ts'
import { displaced } from './open.ts'
import { facetTerm } from './terms.ts'

/** Texts that are examined in one transaction, and how many of them are looked up in each shard. */
const AT_ONCE = 10_000
const SOUGHT_AT_ONCE = 1_000

/** `forget` clears what the appender remembers. Answers the number to continue from; undefined at the end. */
export function createTextDropper(
  db: DatabaseSync,
  forget: () => void,
): (after: number) => number | undefined {
  const slice = db.prepare('SELECT id FROM texts WHERE id > ? ORDER BY id LIMIT ?')
  const kinds = db.prepare(KINDS)
  const values = db.prepare(
    'SELECT DISTINCT value FROM day_tallies WHERE field IN (1, 2, 3) AND value BETWEEN ? AND ?',
  )
  const shards = db.prepare('SELECT number FROM shards ORDER BY number DESC')
  const remove = db.prepare('DELETE FROM texts WHERE id = ?')

  /** In the order of their numbers. */
  function untallied(ids: readonly number[]): number[] {
    const rows = [...kinds.all(), ...values.all(ids[0] ?? 0, ids.at(-1) ?? 0)] as Record<string, number>[]
    const tallied = new Set(rows.flatMap((row) => Object.values(row)))
    return ids.filter((id) => !tallied.has(id))
  }

  function withoutProjects(ids: readonly number[]): readonly number[] {
    let left = ids
    for (const { number } of shards.all() as { number: number }[]) {
      const words = `words_${number}`
      // The words of dropped events stay in the index as long as their shard.
      const find = db.prepare(
        `SELECT 1 FROM ${words} CROSS JOIN events ON events.key = ${words}.rowid
         WHERE ${words} MATCH ? AND events.project = ? LIMIT 1`,
      )
      left = left.filter((id) => find.get(`"${facetTerm('project', id)}"`, id) === undefined)
    }
    return left
  }

  return (after) =>
    inTransaction(db, displaced, () => {
      const ids = (slice.all(after, AT_ONCE) as { id: number }[]).map(({ id }) => id)
      const sought = untallied(ids)
      const unused = withoutProjects(sought.slice(0, SOUGHT_AT_ONCE))
      if (unused.length > 0) {
        db.exec('DROP TRIGGER IF EXISTS texts_kept')
        for (const id of unused) remove.run(id)
        db.exec(keep('texts'))
        forget()
      }
      if (sought.length > SOUGHT_AT_ONCE) return sought[SOUGHT_AT_ONCE - 1]
      return ids.length < AT_ONCE ? undefined : ids.at(-1)
    })
}
