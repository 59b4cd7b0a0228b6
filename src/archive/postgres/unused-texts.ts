/** Removes texts that no event has any more because retention has dropped the last one. */
import { KINDS } from '../retention.ts'
import type { Client } from './pool.ts'

/** Texts that are examined in one transaction. */
const AT_ONCE = 10_000

/**
 * Requires the write lock, so that no new event refers to one of them in the meantime. See `dropTexts` of
 * `createRetention`.
 */
export async function dropTexts(client: Client, after: number): Promise<number | undefined> {
  const slice = await client.query<{ id: number }>(
    'SELECT id FROM texts WHERE id > $1 ORDER BY id LIMIT $2',
    [after, AT_ONCE],
  )
  const ids = slice.rows.map(({ id }) => id)
  const { rows } = await client.query<Record<string, number>>(KINDS)
  const kinds = new Set(rows.flatMap((row) => Object.values(row)))
  await client.query(ONE_BY_ONE)
  const found = await client.query<{ id: number }>(UNUSED, [ids.filter((id) => !kinds.has(id))])
  const unused = found.rows.map(({ id }) => id)
  if (unused.length > 0) await remove(client, unused)
  return ids.length < AT_ONCE ? undefined : ids.at(-1)
}

async function remove(client: Client, ids: readonly number[]): Promise<void> {
  // Does not wait long for, say, somebody who builds an index on this table, because appends wait for this transaction.
  await client.query("SET LOCAL lock_timeout = '1s'")
  await client.query('ALTER TABLE texts DISABLE TRIGGER texts_kept')
  await client.query('DELETE FROM texts WHERE id = ANY($1::bigint[])', [ids])
  await client.query('ALTER TABLE texts ENABLE TRIGGER texts_kept')
}

/**
 * Makes the planner look each text up in each index: any other plan reads all events of some text, or all events there
 * are. Forbidden plans only count as expensive, and the JIT would compile an expensive one first, so it is off too.
 */
const ONE_BY_ONE = ['enable_hashjoin', 'enable_mergejoin', 'enable_seqscan', 'enable_bitmapscan', 'jit']
  .map((way) => `SET LOCAL ${way} = off`)
  .join('; ')
const UNUSED = `SELECT id FROM unnest($1::bigint[]) AS id WHERE ${['login', 'address', 'stack', 'project']
  .map((name) => `NOT EXISTS (SELECT FROM events WHERE events.${name} = id)`)
  .join(' AND ')}`
