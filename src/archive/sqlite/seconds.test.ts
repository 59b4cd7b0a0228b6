import { DatabaseSync } from 'node:sqlite'
import { expect, it, onTestFinished } from 'vitest'
import { TABLES } from './ddl.ts'
import { createSeconds } from './seconds.ts'

it('remembers a bounded number of events, including those that arrived during the query', () => {
  const db = new DatabaseSync(':memory:')
  onTestFinished(() => db.close())
  db.exec(TABLES)
  const seconds = createSeconds(db)
  const fill = (at: number) => {
    const second = seconds.of(at)
    for (let uid = 0; uid < 60_000; uid++) seconds.add(second, uid.toString(16).padStart(32, '0'))
    return second
  }
  seconds.stored()
  const [first, second] = [fill(100), fill(101)]
  expect(seconds.of(101)).toBe(second)
  seconds.of(102)
  seconds.stored()
  expect(seconds.of(100)).not.toBe(first)
})
