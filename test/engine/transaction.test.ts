import { DatabaseSync } from 'node:sqlite'
import { expect, it, onTestFinished } from 'vitest'
import { OperationError } from '../../src/errors.ts'
import type { Durable } from '../../src/spool/sqlite/durable.ts'
import { createPauses } from '../../src/spool/sqlite/pauses.ts'
import { createTrail } from '../../src/spool/sqlite/trail.ts'
import { transaction } from '../../src/spool/sqlite/transaction.ts'

const TABLES = `
  CREATE TABLE trail (at INTEGER PRIMARY KEY, entry TEXT NOT NULL);
  CREATE TABLE kept (key TEXT PRIMARY KEY, text TEXT NOT NULL, until INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE pauses (component TEXT PRIMARY KEY, by TEXT NOT NULL, at INTEGER NOT NULL) WITHOUT ROWID;
`

/** A database that can't grow, as on a full disk. */
function openFull(): DatabaseSync {
  const db = new DatabaseSync(':memory:')
  onTestFinished(() => db.close())
  db.exec(TABLES)
  const { page_count: pages } = db.prepare('PRAGMA page_count').get() as { page_count: number }
  db.exec(`PRAGMA max_page_count = ${pages}`)
  return db
}

const LONG = 'x'.repeat(20_000)
const who = { user: 'dana', role: 'operator', address: '', outcome: 'success', details: { LONG } } as const

const writeIn: (db: DatabaseSync) => Durable['write'] = (db) => async (work) => transaction(db, work)

it.each<[string, (db: DatabaseSync) => Promise<unknown>]>([
  [
    'an entry of the trail',
    (db) => createTrail(db, writeIn(db)).appendTrail({ at: 1, action: 'login', ...who }),
  ],
  ['what is kept for a time', (db) => createTrail(db, writeIn(db)).keep('key', LONG, 1_000)],
  ['a pause', (db) => createPauses(db, writeIn(db)).pause({ component: 'sink soc', by: LONG, at: 1 })],
])('%s that finds no room says so, with the cure', async (_, write) => {
  const failed = write(openFull())
  await expect(failed).rejects.toThrow(OperationError)
  await expect(failed).rejects.toThrow(
    /^no space left for the state file .*free some space on its file system/,
  )
})

it('leaves nothing of what failed', () => {
  const db = openFull()
  const add = db.prepare('INSERT INTO trail VALUES (?, ?)')
  expect(() => transaction(db, () => [add.run(1, 'short'), add.run(2, LONG)])).toThrow(OperationError)
  expect(db.prepare('SELECT COUNT(*) AS count FROM trail').get()).toEqual({ count: 0 })
  expect(transaction(db, () => add.run(1, 'short').changes)).toBe(1)
})
