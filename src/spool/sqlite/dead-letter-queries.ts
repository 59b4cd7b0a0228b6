/** Queries over dead letters as SQL. */
import { LISTED_STATES, USUAL_LIMIT } from '../dead-letter-pages.ts'
import type { DeadLetterQuery } from '../store.ts'

/**
 * Reads a page of dead letters. Each state is read separately, in the order of an index, and the results are merged: a
 * page costs what it holds, however many there are. Letters asked for by id are found by id.
 */
export function deadLetterPage(query: DeadLetterQuery): { sql: string; values: (string | number)[] } {
  const { state, limit = USUAL_LIMIT } = query
  const parts =
    query.ids !== undefined
      ? [selection(query)]
      : (state === undefined ? LISTED_STATES : [state]).map((one) => selection({ ...query, state: one }))
  const reads = parts.map(({ where }) => `SELECT * FROM dead_letters ${where}`)
  return {
    sql: `${reads.join(' UNION ALL ')} ORDER BY at, id LIMIT ?`,
    values: [...parts.flatMap(({ values }) => values), limit],
  }
}

/** The WHERE clause of a query over dead letters. */
export function selection(query: DeadLetterQuery): { where: string; values: (string | number)[] } {
  const terms: string[] = []
  const values: (string | number)[] = []
  if (query.sink !== undefined) {
    terms.push(query.ids === undefined ? 'sink = ?' : '+sink = ?')
    values.push(query.sink)
  }
  if (query.state === undefined) terms.push("state <> 'replay'")
  else {
    // The unary plus keeps SQLite from reading a whole state for a few ids.
    terms.push(query.ids === undefined ? 'state = ?' : '+state = ?')
    values.push(query.state)
  }
  if (query.ids !== undefined) {
    terms.push('id IN (SELECT value FROM json_each(?))')
    values.push(JSON.stringify(query.ids))
  }
  if (query.after !== undefined) {
    terms.push('(at, id) > (?, ?)')
    values.push(query.after.at, query.after.id)
  }
  return { where: `WHERE ${terms.join(' AND ')}`, values }
}
