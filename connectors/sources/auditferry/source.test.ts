/** The trail as a source: newest first, bounded, each entry as one record. */
import { expect, test } from 'vitest'
import type { ReadTrail, RecordFields, TrailEntry } from '../../../src/connector.ts'
import { silentLogger } from '../../../src/lib/logger.ts'
import { createSource } from './source.ts'

const SECOND = 1_795_384_721

const entry = (at: number, changes: Partial<TrailEntry> = {}): TrailEntry => ({
  at,
  user: 'dana',
  role: 'operator',
  address: '198.51.100.7',
  action: 'sink-paused',
  outcome: 'success',
  details: { id: 'soc' },
  ...changes,
})

function open(entries: readonly TrailEntry[]) {
  const asked: number[] = []
  const trail: ReadTrail = async ({ before = Number.POSITIVE_INFINITY, limit }) => {
    // A request for one entry only looks for the newest, to learn its time.
    if (limit > 1) asked.push(before)
    const below = entries.filter(({ at }) => at < before).toSorted((a, b) => b.at - a.at)
    return below.slice(0, limit)
  }
  const source = createSource(
    { organization: 'auditferry' },
    {
      ...{ id: 'own', logger: silentLogger, now: () => SECOND * 1000, version: '0', trail },
      connection: { timeoutMs: 1, tls: { insecureSkipVerify: false } },
    },
  )
  const read = async (before: number, notBefore: number) => {
    const answer = await source.read({ before, notBefore }, new AbortController().signal)
    const records: RecordFields[] = []
    for await (const page of answer.records) records.push(...(page as RecordFields[]))
    return records
  }
  return { read, asked }
}

test('an entry becomes a record with who, what, from where and on what', async () => {
  const { read } = open([
    entry(SECOND * 1000 + 7, { outcome: 'failure', details: { sink: 'soc', ids: ['a', 'b'], n: 3 } }),
  ])
  const [record] = await read(SECOND + 1, 0)
  expect(record).toMatchObject({
    ...{ timestamp: SECOND, event: 'auditferry-sink-paused', login: 'dana', sourceIp: '198.51.100.7' },
    ...{ description: 'failed: sink "soc", ids "a", "b", n 3', authFailure: false },
  })
  expect(JSON.parse(record?.raw ?? '')).toMatchObject({
    at: '2026-11-22T21:58:41.007Z',
    user: 'dana',
    role: 'operator',
  })
})

test('a refused login is an authentication failure by nobody', async () => {
  const { read } = open([
    entry(SECOND * 1000, { user: '', role: '', action: 'login-refused', outcome: 'failure' }),
  ])
  expect(await read(SECOND + 1, 0)).toMatchObject([
    { event: 'auditferry-login-refused', login: '', authFailure: true },
  ])
})

test('reads below the bound, newest first, page by page, and no further than needed', async () => {
  const entries = Array.from({ length: 1_700 }, (_, at) => entry((SECOND - 1_700 + at) * 1000))
  const { read, asked } = open(entries)
  const all = await read(SECOND - 10, 0)
  expect(all.map(({ timestamp }) => timestamp)).toEqual(
    Array.from({ length: 1_690 }, (_, at) => SECOND - 11 - at),
  )
  asked.length = 0
  const some = await read(SECOND, SECOND - 100)
  expect([asked.length, (some.at(-1)?.timestamp ?? 0) < SECOND - 100]).toEqual([1, true])
})
