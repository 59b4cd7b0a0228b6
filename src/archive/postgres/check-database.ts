/** What `auditferry verify` checks in a database; it makes and changes nothing there. */
import { messageOf } from '../../errors.ts'
import { native } from '../../formats/native.ts'
import {
  type ArchiveFault,
  type ArchiveRows,
  type CheckedArchive,
  checkArchive,
  type NamedRow,
} from '../check-archive.ts'
import { TEXT_FACETS } from '../facets.ts'
import { ArchiveFailure } from '../failure.ts'
import { type EntryRow, KEY_STEP } from '../schema.ts'
import { SCHEMA } from './ddl.ts'
import { describeAll } from './describe.ts'
import type { Client, Connections } from './pool.ts'
import { ownText } from './stored-text.ts'

/** Throws ArchiveFailure when the database can't be reached, or holds no archive. */
export async function checkDatabase({ connectOnly }: Connections): Promise<CheckedArchive> {
  const client = await connectOnly()
  const faults: ArchiveFault[] = []
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
    const { rows } = await client.query<{ layout: string | null }>(
      `SELECT to_regclass('${SCHEMA}.layout') AS layout`,
    )
    if (rows[0]?.layout === null) {
      throw new ArchiveFailure('pause', `the database holds no archive: there is no schema ${SCHEMA}`)
    }
    return await checkArchive(rowsIn(client), faults)
  } catch (error) {
    if (error instanceof ArchiveFailure && faults.length === 0) throw error
    faults.push({ kind: 'damaged', message: `can’t be read on: ${messageOf(error)}` })
    return { events: 0, faults, notes: [] }
  } finally {
    await client.query('ROLLBACK').catch(() => undefined)
    client.release()
  }
}

/** Entries that are read at once. */
const ENTRIES = 500

const NAMES = TEXT_FACETS.map((facet) => `(SELECT text FROM texts WHERE id = ${facet}) AS text_${facet}`)
const ROWS = `SELECT *, tsvector_to_array(words) AS words, ${NAMES.join(', ')} FROM events
  WHERE key >= $1 AND key < $2 AND entry = $3 ORDER BY place`

type StoredRow = NamedRow & { readonly words: readonly string[] }

function rowsIn(client: Client): ArchiveRows {
  const first = async <Row>(sql: string, values: readonly unknown[] = []) =>
    (await client.query<Row>(sql, values)).rows[0]
  return {
    floor: async () =>
      (await first<{ floor: number | null }>('SELECT MAX(oldest) AS floor FROM entries WHERE count = 0'))
        ?.floor ?? 0,
    async *entries() {
      for (let last = 0; ; ) {
        const { rows } = await client.query<EntryRow>(
          'SELECT * FROM entries WHERE number > $1 ORDER BY number LIMIT $2',
          [last, ENTRIES],
        )
        yield* rows
        const end = rows.at(-1)
        if (end === undefined) return
        last = end.number
      }
    },
    payload: async (number) =>
      (await first<{ blob: Buffer }>('SELECT blob FROM payloads WHERE number = $1', [number]))?.blob,
    async rowsOf({ number, oldest, newest }) {
      const range = [oldest * KEY_STEP, (newest + 1) * KEY_STEP, number]
      const { rows } = await client.query<StoredRow & Record<string, string | null>>(ROWS, range)
      const textOf = (text: string | null | undefined) => (text == null ? null : ownText(text))
      return rows.map((row) => ({
        ...row,
        texts: Object.fromEntries(TEXT_FACETS.map((facet) => [facet, textOf(row[`text_${facet}`])])),
      }))
    },
    counts: async () =>
      (await first<{ events: number; tallied: number }>(
        `SELECT (SELECT COUNT(*) FROM events) AS events,
          (SELECT COALESCE(SUM(count), 0) FROM day_tallies WHERE field = 0) AS tallied`,
      )) ?? { events: 0, tallied: 0 },
    numbers: (sql) => first(sql),
    stray: () =>
      first('SELECT * FROM events WHERE entry NOT IN (SELECT number FROM entries WHERE count > 0) LIMIT 1'),
    hasWords(row, event) {
      const line = Buffer.from(native.encode(event))
      const [described] = describeAll([{ uid: event.uid, timestamp: event.timestamp, line }]).described
      const expected = new Set(described?.words.split(' ').filter((word) => word !== ''))
      const { words } = row as StoredRow
      return words.length === expected.size && words.every((word) => expected.has(word))
    },
  }
}
