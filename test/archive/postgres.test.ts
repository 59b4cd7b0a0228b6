/** The archive on a real PostgreSQL: queries, writers, and what nobody may change. */
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import type { EventQuery } from '../../src/archive/archive.ts'
import { linkEntry } from '../../src/archive/chain.ts'
import { createMatcher } from '../../src/archive/matcher.ts'
import { createPostgresArchive } from '../../src/archive/postgres/archive.ts'
import { createConnections, takeWriteLock } from '../../src/archive/postgres/pool.ts'
import type { EntryRow } from '../../src/archive/schema.ts'
import type { StoredArchive } from '../../src/archive/stored-archive.ts'
import type { AuditEvent } from '../../src/event.ts'
import { lineFormat } from '../../src/formats/formats.ts'
import { parseNative } from '../../src/formats/native.ts'
import { Secret } from '../../src/lib/secret.ts'
import { auditEvents } from '../conformance/batches.ts'
import { eventOf, eventOfEach, HOSTILE_TEXTS } from '../formats/sample-events.ts'
import { type PostgresServer, startPostgres } from '../postgres/server.ts'

let server: PostgresServer
const signal = new AbortController().signal
const native = lineFormat('native')

beforeAll(async () => {
  server = await startPostgres()
})

afterAll(() => server.stop())

const open = (url: string) =>
  createPostgresArchive({ database: new Secret(url), tls: { insecureSkipVerify: false }, now: Date.now })

const asNew = (event: AuditEvent) => ({
  uid: event.uid,
  timestamp: event.timestamp,
  line: Buffer.from(native.encode(event)),
})

async function using(url: string, use: (archive: StoredArchive) => Promise<void>): Promise<void> {
  const archive = open(url)
  try {
    await use(archive)
  } finally {
    await archive.close()
  }
}

async function allOf(archive: StoredArchive, query: EventQuery = {}): Promise<AuditEvent[]> {
  const events: AuditEvent[] = []
  for await (const some of archive.read(query, signal))
    events.push(...some.map(({ line }) => parseNative(line)))
  return events
}

/** Throws unless every link of the chain follows from the one before. */
function expectChain(entries: readonly EntryRow[]): void {
  let last: EntryRow | undefined
  for (const entry of entries) {
    expect(plain(entry)).toEqual(plain(linkEntry(last, entry)))
    last = entry
  }
}

const plain = (entry: EntryRow) => ({
  ...entry,
  payload_hash: Buffer.from(entry.payload_hash).toString('hex'),
  hash: Buffer.from(entry.hash).toString('hex'),
})

async function entriesOf(url: string): Promise<EntryRow[]> {
  const rows = await server.query(url, 'SELECT * FROM auditferry_archive.entries ORDER BY number')
  const numbered = ['number', 'base', 'count', 'archived_at', 'oldest', 'newest']
  return rows.map((row) => {
    const numbers = Object.fromEntries(numbered.map((name) => [name, Number(row[name])]))
    const bytes = (name: string) => new Uint8Array(row[name] as Buffer)
    return { ...numbers, payload_hash: bytes('payload_hash'), hash: bytes('hash') } as EntryRow
  })
}

const EVENTS = [...eventOfEach(), ...auditEvents(600)]
const QUERIES: EventQuery[] = [
  {},
  { login: 'dana' },
  { login: 'nobody' },
  { action: 'stack-created', category: 'stacks' },
  { from: EVENTS[20]?.timestamp ?? 0, to: EVENTS[60]?.timestamp ?? 0 },
  { severity: 3 },
  { text: 'web PRO' },
  { text: "prod' | 'x" },
  { text: 'unicode', outcome: 'failure' },
  { text: '!!!' },
  { stack: 'prod', project: 'web' },
  { address: '2001:db8::7' },
  { organization: 'acme', source: 'main', operation: 'create' },
  { login: 'a\0b' },
]

test('answers queries newest first, page by page and as a whole, and counts', async () => {
  await using(await server.database(), async (archive) => {
    expect(await archive.extent(signal)).toEqual({ events: 0, oldest: undefined, newest: undefined })
    const half = EVENTS.slice(0, 300).map(asNew)
    expect(await archive.append(half)).toEqual({ added: half.length, refused: new Map() })
    expect(await archive.append(EVENTS.map(asNew))).toMatchObject({ added: EVENTS.length - half.length })
    expect(await archive.append(half)).toEqual({ added: 0, refused: new Map() })
    for (const query of QUERIES) {
      const expected = EVENTS.filter(createMatcher(query))
      const found = await allOf(archive, query)
      expect(found.map(({ uid }) => uid).sort(), JSON.stringify(query)).toEqual(
        expected.map(({ uid }) => uid).sort(),
      )
      expect(found.map(({ timestamp }) => timestamp)).toEqual(
        found.map(({ timestamp }) => timestamp).sort((a, b) => b - a),
      )
      const paged: string[] = []
      let cursor: string | undefined
      do {
        const at = { limit: 97, ...(cursor !== undefined && { cursor }) }
        const { events, next } = await archive.page(query, at, signal)
        paged.push(...events.map(({ uid }) => uid))
        cursor = next
      } while (cursor !== undefined)
      expect(paged).toEqual(found.map(({ uid }) => uid))
      const slices = await archive.histogram(query, 3_600, signal)
      const counted = slices
        .flatMap(({ counts }) => Object.values(counts))
        .reduce((sum, count) => sum + count, 0)
      expect(counted).toBe(found.length)
      const top = await archive.top(query, 'action', 1_000, signal)
      expect(top.reduce((sum, { count }) => sum + count, 0)).toBe(found.length)
    }
    const times = EVENTS.map(({ timestamp }) => timestamp)
    const extent = { events: EVENTS.length, oldest: Math.min(...times), newest: Math.max(...times) }
    expect(await archive.extent(signal)).toEqual(extent)
    const [first] = EVENTS
    expect(await archive.find(first?.uid ?? '', signal)).toMatchObject({
      uid: first?.uid,
      timestamp: first?.timestamp,
    })
    expect(await archive.find('f'.repeat(64), signal)).toBeUndefined()
  })
})

test('keeps whatever a text holds, and finds it', async () => {
  const long = 'x'.repeat(10_000)
  const many = Array.from({ length: 200_000 }, (_, at) => `w${at}`).join(' ')
  const texts = [...HOSTILE_TEXTS, long, many]
  const events = texts.map((text, at) =>
    eventOf({
      event: 'Stack Created',
      timestamp: 1_795_384_721,
      login: `${at}${text.slice(0, 20_000)}`,
      description: text,
    }),
  )
  const url = await server.database()
  await using(url, async (archive) => {
    expect(await archive.append(events.map(asNew))).toEqual({ added: events.length, refused: new Map() })
    for (const event of events) {
      const [found, ...others] = await allOf(archive, { login: event.actor.login })
      expect(others).toEqual([])
      expect(found).toEqual(parseNative(asNew(event).line))
    }
    expect(await allOf(archive, { text: 'w77777' })).toHaveLength(1)
    const bad = [{ ...asNew(events[0] as AuditEvent), uid: 'a'.repeat(64), timestamp: -1 }]
    expect((await archive.append(bad)).refused.get(0)).toContain('no second')
  })
})

test('takes overlapping batches of several writers: nothing twice, one chain', async () => {
  const url = await server.database()
  const writers = [open(url), open(url), open(url)]
  const events = auditEvents(900).map(asNew)
  const batches = Array.from({ length: 17 }, (_, at) => events.slice(at * 50, at * 50 + 100))
  const appended = await Promise.all(
    writers.flatMap((writer, at) => batches.slice(at * 3).map((batch) => writer.append(batch))),
  )
  expect(appended.reduce((sum, { added }) => sum + added, 0)).toBe(events.length)
  const [reader] = writers
  const uids = (await allOf(reader as StoredArchive)).map(({ uid }) => uid)
  expect(uids.length).toBe(events.length)
  expect(new Set(uids)).toEqual(new Set(events.map(({ uid }) => uid)))
  expectChain(await entriesOf(url))
  await Promise.all(writers.map((writer) => writer.close()))
})

test('a password that was renewed is used without a restart', async () => {
  let url = await server.database()
  const name = new URL(url).username
  const archive = createPostgresArchive({
    database: new Secret(() => url),
    tls: { insecureSkipVerify: false },
    now: Date.now,
  })
  const [before, after] = auditEvents(2).map((event) => [asNew(event)])
  await archive.append(before ?? [])
  await server.query(url, `ALTER ROLE ${name} PASSWORD 'renewed'`)
  await server.query(
    url,
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND usename = $$ferry$$',
  )
  onTestFinished(async () => void (await server.query(url, `ALTER ROLE ${name} PASSWORD 'not-secret'`)))
  await expect.poll(() => archive.append(after ?? []).catch(({ kind }) => kind)).toBe('pause')
  url = url.replace('not-secret', 'renewed')
  expect(await archive.append(after ?? [])).toMatchObject({ added: 1 })
  await archive.close()
})

test('a writer that waits for one that hangs is released by the server', async () => {
  const connections = createConnections(new Secret(await server.database()), { insecureSkipVerify: false })
  const [writer, other] = [await connections.connect(), await connections.connect()]
  for (const client of [writer, other]) await client.query('BEGIN')
  await takeWriteLock(writer)
  await expect(takeWriteLock(other, 50)).rejects.toMatchObject({
    kind: 'retry',
    message: expect.stringContaining('another process writes'),
  })
  for (const client of [writer, other]) client.release(true)
  await connections.close()
})

test('a follower gets what another process archives', async () => {
  const url = await server.database()
  await using(url, async (reader) => {
    await using(url, async (writer) => {
      const events = auditEvents(6)
      await writer.append(events.slice(0, 2).map(asNew))
      const stop = new AbortController()
      const seen: string[] = []
      const following = (async () => {
        for await (const some of reader.follow({ category: 'stacks' }, stop.signal)) {
          seen.push(...some.map(({ uid }) => uid))
        }
      })()
      await reader.extent(signal)
      const later = auditEvents(12, 6)
      await writer.append(later.map(asNew))
      const wanted = later.filter(({ category }) => category === 'stacks').map(({ uid }) => uid)
      await expect.poll(() => seen.length).toBe(wanted.length)
      expect(new Set(seen)).toEqual(new Set(wanted))
      stop.abort()
      await following
    })
  })
})

test('drops whole days by retention alone; nobody changes or deletes anything else', async () => {
  const url = await server.database()
  await using(url, async (archive) => {
    const day = (at: number) => ({ event: 'Stack Created', timestamp: 1_795_305_600 + at * 86_400 })
    const events = [0, 0.5, 1, 2].map((at) => eventOf(day(at)))
    await archive.append(events.map(asNew))
    const changes = [
      'UPDATE auditferry_archive.events SET login = 0',
      'UPDATE auditferry_archive.entries SET hash = payload_hash',
      "UPDATE auditferry_archive.texts SET text = 'x'",
      'DELETE FROM auditferry_archive.events',
      'DELETE FROM auditferry_archive.entries',
      'DELETE FROM auditferry_archive.payloads',
      'DELETE FROM auditferry_archive.texts',
      'TRUNCATE auditferry_archive.events',
      'TRUNCATE auditferry_archive.payloads',
      'TRUNCATE auditferry_archive.entries',
    ]
    for (const change of changes) {
      await expect(server.query(url, change), change).rejects.toThrow('an archived event is never changed')
    }
    expect(await archive.dropBefore(1_795_305_600 + 1.7 * 86_400)).toBe(2)
    expect((await allOf(archive)).map(({ uid }) => uid)).toEqual([events[3]?.uid, events[2]?.uid])
    expect(await archive.extent(signal)).toMatchObject({ events: 2, oldest: events[2]?.timestamp })
    expect(await archive.dropBefore(1_795_305_600 + 86_400)).toBe(0)
    await archive.append(auditEvents(3).map(asNew))
    expectChain(await entriesOf(url))
    await expect(server.query(url, 'DELETE FROM auditferry_archive.events')).rejects.toThrow('never changed')
  })
})
