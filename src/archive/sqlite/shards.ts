/**
 * The index of words is split into shards of about as many events each, in order of arrival: a search for a common word
 * only reads the newest shards, and retention drops a shard as a whole.
 */
import type { DatabaseSync } from 'node:sqlite'
import { settleShard, shardTable } from './ddl.ts'

/**
 * With batches of the sink's size a shard is full before FTS5 merges anything by itself ({@link shardTable}), so that
 * each word is merged once. Larger shards slow down searches for common words; with smaller ones, a search for a rare
 * word must ask more of them.
 */
const SHARD_EVENTS = 100_000

export interface Shard {
  readonly number: number
  /** Keys. */
  readonly oldest: number
  readonly newest: number
  readonly events: number
}

interface Indexed {
  readonly key: number
  readonly terms: string
}

export function createShards(db: DatabaseSync) {
  const last = db.prepare('SELECT * FROM shards ORDER BY number DESC LIMIT 1')
  const save = db.prepare(
    `INSERT INTO shards VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET oldest = MIN(oldest, excluded.oldest),
       newest = MAX(newest, excluded.newest), events = events + excluded.events`,
  )
  const inserts = new Map<number, ReturnType<DatabaseSync['prepare']>>()
  const insertInto = (number: number) => {
    const made = inserts.get(number) ?? db.prepare(`INSERT INTO words_${number} (rowid, words) VALUES (?, ?)`)
    inserts.clear()
    inserts.set(number, made)
    return made
  }
  return {
    /** In the order of their keys. */
    add(events: readonly Indexed[]): void {
      const shard = last.get() as unknown as Shard | undefined
      const isFull = shard === undefined || shard.events >= SHARD_EVENTS
      const number = (shard?.number ?? 0) + (isFull ? 1 : 0)
      if (isFull && shard !== undefined) db.exec(settleShard(shard.number))
      if (isFull) db.exec(shardTable(number))
      const insert = insertInto(number)
      for (const { key, terms } of events) insert.run(key, terms)
      save.run(number, events[0]?.key ?? 0, events.at(-1)?.key ?? 0, events.length)
    },
  }
}
