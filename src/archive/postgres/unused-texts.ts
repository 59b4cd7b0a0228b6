/** Removes the texts that no event has any more: retention has dropped the last one. */
import { KINDS } from '../retention.ts'
import type { Client } from './pool.ts'

/** Texts that are looked at in one transaction. */
const AT_ONCE = 10_000

/** Under the lock of whoever writes: no event comes to have one meanwhile. As `dropTexts` of `createRetention`. */
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
  // Whoever builds an index of this table, say, is not waited for: appends wait for this transaction.
  await client.query("SET LOCAL lock_timeout = '1s'")
  await client.query('ALTER TABLE texts DISABLE TRIGGER texts_kept')
  await client.query('DELETE FROM texts WHERE id = ANY($1::bigint[])', [ids])
  await client.query('ALTER TABLE texts ENABLE TRIGGER texts_kept')
}

/**
 * One look into each index for a text: every other way reads all the events of some text, or all there are. What is forbidden
 * is reckoned as dear, and what is dear would be compiled first.
 */
const ONE_BY_ONE = ['enable_hashjoin', 'enable_mergejoin', 'enable_seqscan', 'enable_bitmapscan', 'jit']
  .map((way) => `SET LOCAL ${way} = off`)
  .join('; ')
const UNUSED = `SELECT id FROM unnest($1::bigint[]) AS id WHERE ${['login', 'address', 'stack', 'project']
  .map((name) => `NOT EXISTS (SELECT FROM events WHERE events.${name} = id)`)
  .join(' AND ')}`
