/**
 * Drops an old day in one transaction: the floor enters the chain first, then the triggers allow deleting what is
 * below.
 */
import { linkEntry } from '../chain.ts'
import { DAY, type EntryRow, HOUR, KEY_STEP, secondOf } from '../schema.ts'
import { insertLink } from './append.ts'
import type { Client } from './pool.ts'

/** Drops the oldest day if it ends by then, and answers how many events went. Undefined when there is no such day. */
export async function dropDay(client: Client, end: number, at: number): Promise<number | undefined> {
  const { rows } = await client.query<{ key: number | null }>('SELECT min(key) AS key FROM events')
  const key = rows[0]?.key ?? null
  if (key === null || secondOf(key) >= end) return undefined
  const floor = (Math.floor(secondOf(key) / DAY) + 1) * DAY
  const last = await client.query<EntryRow>('SELECT * FROM entries ORDER BY number DESC LIMIT 1')
  const link = { count: 0, archived_at: at, oldest: floor, newest: floor, payload_hash: new Uint8Array(0) }
  await insertLink(client, linkEntry(last.rows[0], link))
  const gone = await client.query('DELETE FROM events WHERE key < $1', [floor * KEY_STEP])
  await client.query(
    'DELETE FROM payloads WHERE number IN (SELECT number FROM entries WHERE count > 0 AND newest < $1)',
    [floor],
  )
  await client.query('DELETE FROM tallies WHERE hour < $1', [floor / HOUR])
  await client.query('DELETE FROM day_tallies WHERE day < $1', [floor / DAY])
  return gone.rowCount ?? 0
}
