/**
 * Drops an old day in one transaction: the floor enters the chain first, then the triggers allow deleting what is
 * below.
 */
import type { DatabaseSync } from 'node:sqlite'
import { inTransaction } from '../../lib/sqlite/transaction.ts'
import { linkEntry } from '../chain.ts'
import { DAY, type EntryRow, HOUR, KEY_STEP, secondOf } from '../schema.ts'
import { displaced } from './open.ts'

/** Drops the oldest day if it ends by then, and answers how many events went. Undefined when there is no such day. */
type DropDay = (end: number, at: number) => number | undefined

const NOTHING = new Uint8Array(0)

/** `forget` clears what the appender remembers. */
export function createDayDropper(db: DatabaseSync, forget: () => void): DropDay {
  const last = db.prepare('SELECT * FROM entries ORDER BY number DESC LIMIT 1')
  const oldest = db.prepare('SELECT MIN(key) AS key FROM events')
  const entry = db.prepare('INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
  const drops = [
    db.prepare(
      'DELETE FROM payloads WHERE number IN (SELECT number FROM entries WHERE count > 0 AND newest < ?)',
    ),
    db.prepare(`DELETE FROM tallies WHERE hour < ? / ${HOUR}`),
    db.prepare(`DELETE FROM day_tallies WHERE field IN (0, 1, 2, 3) AND day < ? / ${DAY}`),
  ]
  const dropEvents = db.prepare('DELETE FROM events WHERE key < ?')
  const emptied = db.prepare('SELECT number FROM shards WHERE newest < ?')
  const dropShard = db.prepare('DELETE FROM shards WHERE number = ?')

  function dropTo(floor: number, at: number): number {
    const previous = last.get() as unknown as EntryRow | undefined
    const link = { count: 0, archived_at: at, oldest: floor, newest: floor, payload_hash: NOTHING }
    const { number, base, hash } = linkEntry(previous, link)
    entry.run(number, base, 0, at, floor, floor, NOTHING, hash)
    const dropped = Number(dropEvents.run(floor * KEY_STEP).changes)
    for (const drop of drops) drop.run(BigInt(floor))
    for (const shard of emptied.all(floor * KEY_STEP) as { number: number }[]) {
      db.exec(`DROP TABLE words_${shard.number}`)
      dropShard.run(shard.number)
    }
    return dropped
  }

  return (end, at) => {
    const { key } = oldest.get() as { key: number | null }
    if (key === null || secondOf(key) >= end) return undefined
    forget()
    const floor = (Math.floor(secondOf(key) / DAY) + 1) * DAY
    return inTransaction(db, displaced, () => dropTo(floor, at))
  }
}
