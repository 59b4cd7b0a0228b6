/** Drops old days, one transaction each: the floor goes into the chain first, and the triggers let pass what is below. */
import type { DatabaseSync } from 'node:sqlite'
import { refuseDisplaced } from '../../lib/sqlite-place.ts'
import { linkEntry } from '../chain.ts'
import { DAY, type EntryRow, HOUR, KEY_STEP, secondOf } from '../schema.ts'
import { displaced } from './open.ts'

export type DropBefore = (second: number, at: number) => number

const NOTHING = new Uint8Array(0)

export function createRetention(db: DatabaseSync): DropBefore {
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
  const forget = db.prepare('DELETE FROM shards WHERE number = ?')

  function dropTo(floor: number, at: number): number {
    const previous = last.get() as unknown as EntryRow | undefined
    const link = { count: 0, archived_at: at, oldest: floor, newest: floor, payload_hash: NOTHING }
    const { number, base, hash } = linkEntry(previous, link)
    entry.run(number, base, 0, at, floor, floor, NOTHING, hash)
    const dropped = Number(dropEvents.run(floor * KEY_STEP).changes)
    for (const drop of drops) drop.run(BigInt(floor))
    for (const shard of emptied.all(floor * KEY_STEP) as { number: number }[]) {
      db.exec(`DROP TABLE words_${shard.number}`)
      forget.run(shard.number)
    }
    return dropped
  }

  return (second, at) => {
    const end = Math.floor(second / DAY) * DAY
    let dropped = 0
    for (;;) {
      const { key } = oldest.get() as { key: number | null }
      if (key === null || secondOf(key) >= end) return dropped
      const floor = (Math.floor(secondOf(key) / DAY) + 1) * DAY
      db.exec('BEGIN IMMEDIATE')
      try {
        dropped += dropTo(floor, at)
        refuseDisplaced(db, displaced)
        db.exec('COMMIT')
      } catch (error) {
        if (db.isTransaction) db.exec('ROLLBACK')
        throw error
      }
    }
  }
}
