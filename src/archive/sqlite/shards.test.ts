import { expect, it, onTestFinished } from 'vitest'
import { scratchPath } from '../../../test/archive/rig.ts'
import { openForWriting } from './open.ts'
import { createShards } from './shards.ts'

/** As large as the sink's batches. */
const BATCH = 5_000

it('merges the words of a shard once, when the shard is full', async () => {
  const { db, close } = openForWriting(await scratchPath())
  onTestFinished(close)
  const { add } = createShards(db)
  let events = 0
  const append = () => {
    const batch = Array.from({ length: BATCH }, () => ({ key: ++events, terms: `_o1 word${events % 7}` }))
    db.exec('BEGIN')
    add(batch)
    db.exec('COMMIT')
  }
  const count = (sql: string) => Object.values(db.prepare(sql).get() ?? {})[0]
  const segments = (shard: number) => count(`SELECT COUNT(DISTINCT segid) FROM words_${shard}_idx`)
  const isFull = () => count('SELECT events >= 100000 FROM shards') === 1

  for (let batches = 1; !isFull(); batches++) {
    append()
    expect(segments(1)).toBe(batches)
  }
  append()
  expect([segments(1), segments(2)]).toEqual([1, 1])
  expect(db.prepare('SELECT number, oldest, newest, events FROM shards').all()).toEqual([
    { number: 1, oldest: 1, newest: 100_000, events: 100_000 },
    { number: 2, oldest: 100_001, newest: 105_000, events: BATCH },
  ])
  expect(count("SELECT COUNT(*) FROM words_1 WHERE words_1 MATCH '_o1'")).toBe(100_000)
  expect(count("SELECT COUNT(*) FROM words_2 WHERE words_2 MATCH 'word3'")).toBe(Math.floor(BATCH / 7))
})
