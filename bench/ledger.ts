/** What the ledger costs: time of the whole way, bytes an event, and opening a state with a year of it. */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { minuteKey, STATE_FILE } from '../src/spool/sqlite/open.ts'
import { openSqliteStore } from '../src/spool/sqlite/store.ts'
import { ledgerBytes } from '../test/conformance/ledger-bytes.ts'
import type { Result } from './scenarios.ts'

const YEAR = 525_600
const LAST = 29_900_000
const DENSITIES = [1, 2, 60, 126, 300, 3_000]

/** Rows of the ledgers, of the source's and the sinks'. */
export function ledgerMinutes(state: string): number {
  const db = new DatabaseSync(join(state, STATE_FILE))
  const count = 'SELECT (SELECT COUNT(*) FROM source_ledger) + (SELECT COUNT(*) FROM sink_ledger) AS count'
  const row = db.prepare(count).get()
  db.close()
  return Number(row?.count)
}

/** In pages of the source's table, whatever the minutes hold. */
export async function measureLedgerBytes(): Promise<Result[]> {
  const rows: Result[] = []
  for (const aMinute of DENSITIES) {
    const events = 20_000
    const bytes = await inFolder((folder) => ledgerBytes(folder, events, aMinute))
    rows.push({ what: `kept, ${aMinute} events a minute`, figures: { 'B per event': bytes / events } })
  }
  return rows
}

/** A minute with an event each: the last week with its uids, the year with the counts of the source and of a sink. */
export async function measureYear(): Promise<Result[]> {
  return inFolder(async (folder) => {
    await openSqliteStore(folder).close()
    const db = new DatabaseSync(join(folder, STATE_FILE))
    db.exec(`BEGIN; INSERT INTO sources (id) VALUES ('bench');
      WITH RECURSIVE at (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM at WHERE n < ${YEAR - 1})
      INSERT INTO source_ledger (key, count, digest, uids)
        SELECT ${minuteKey(1, LAST)} - n, 1, randomblob(16), iif(n < 10080, randomblob(8), NULL) FROM at ORDER BY n DESC;
      WITH RECURSIVE at (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM at WHERE n < ${YEAR - 1})
      INSERT INTO sink_ledger (sink, source, minute, delivered, filtered, dead_lettered, digest, replayed)
        SELECT 'soc', 'bench', ${LAST} - n, 1, 0, 0, randomblob(16), 0 FROM at ORDER BY n DESC;
      COMMIT`)
    db.close()
    const startedAt = performance.now()
    const store = openSqliteStore(folder)
    const seconds = (performance.now() - startedAt) / 1000
    await store.close()
    if (ledgerMinutes(folder) !== 2 * YEAR) throw new Error('the minutes are not all there')
    const MiB = statSync(join(folder, STATE_FILE)).size / 2 ** 20
    return [{ what: 'a year of minutes, and of a sink', figures: { 's to open': seconds, MiB } }]
  })
}

async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'auditferry-ledger-'))
  try {
    return await use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
