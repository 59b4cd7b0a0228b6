/** How much room a source's ledger takes in the state file. */
import { hash } from 'node:crypto'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { minutesOf } from '../../src/ledger/minutes.ts'
import { STATE_FILE } from '../../src/spool/sqlite/open.ts'
import { openSqliteStore } from '../../src/spool/sqlite/store.ts'
import { append } from './store-samples.ts'

const PAGE = 1_000
const BEGIN = 1_790_000_000

/** Appends pages one by one, with this many events per minute; returns the bytes of the table's pages. */
export async function ledgerBytes(folder: string, events: number, aMinute: number): Promise<number> {
  const store = openSqliteStore(folder)
  for (let base = 0; base < events; base += PAGE) {
    const page = Array.from({ length: Math.min(PAGE, events - base) }, (_, at) => ({
      uid: hash('sha256', `${base + at}`),
      timestamp: BEGIN + Math.floor(((base + at) * 60) / aMinute),
    }))
    await store.append(append({ ledger: minutesOf(page) }))
  }
  await store.close()
  const db = new DatabaseSync(join(folder, STATE_FILE))
  const row = db.prepare("SELECT SUM(pgsize) AS bytes FROM dbstat WHERE name = 'source_ledger'").get()
  db.close()
  return Number(row?.bytes)
}
