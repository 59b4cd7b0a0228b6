/** What a sink reports when PostgreSQL can't be written to, and that a killed server loses nothing. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { definition } from '../../connectors/sinks/archive/index.ts'
import type { ArchiveFailure } from '../../src/archive/failure.ts'
import { explainError } from '../../src/archive/postgres/failure.ts'
import type { AuditEvent } from '../../src/event.ts'
import { lineFormat } from '../../src/formats/formats.ts'
import { silentLogger } from '../../src/lib/logger.ts'
import { Secret } from '../../src/lib/secret.ts'
import { auditEvents, batchOf } from '../conformance/batches.ts'
import { PATIENCE_MS } from '../patience.ts'
import { type PostgresServer, startPostgres } from '../postgres/server.ts'

let server: PostgresServer

beforeAll(async () => {
  server = await startPostgres()
})

afterAll(() => server.stop())

const signal = new AbortController().signal

function openSink(database: string, timeoutMs = 60_000) {
  return definition.create(definition.config.parse({ database }), context(timeoutMs))
}

const context = (timeoutMs = 60_000) => ({
  id: 'archive',
  connection: { timeoutMs, tls: { insecureSkipVerify: false } },
  ...{ logger: silentLogger, now: Date.now, version: '0', format: lineFormat('native') },
})

const batch = (events: AuditEvent[]) => batchOf(events, lineFormat('native'))

/** The sink's outcome for one event. */
async function outcomeAt(database: string) {
  const sink = openSink(database)
  try {
    const [outcome] = await sink.write(batch(auditEvents(1)), signal)
    return outcome
  } finally {
    await sink.close()
  }
}

test.each<[string, (url: string) => string, string, string]>([
  ['a wrong password', (url) => url.replace('not-secret', 'wrong-one'), 'pause', 'the password is refused'],
  ['no such database', (url) => `${url}x`, 'pause', 'there is no such database'],
  ['nobody there', (url) => url.replace(/:\d+\//, ':1/'), 'retry', 'nobody listens there'],
  ['no TLS there', (url) => `${url}?sslmode=require`, 'pause', 'the server speaks no TLS'],
])('says who must act: %s', async (_, change, kind, reason) => {
  const outcome = await outcomeAt(change(await server.database()))
  expect(outcome).toMatchObject({ kind, reason: expect.stringContaining(reason) })
  expect(JSON.stringify(outcome)).not.toMatch(/not-secret|wrong-one/)
})

test('pauses where a renewed address cannot be read, without a word of it', async () => {
  let database = await server.database()
  const sink = definition.create(definition.config.parse({ database: new Secret(() => database) }), context())
  database = database.replace('not-secret', 'se#cret')
  const [outcome] = await sink.write(batch(auditEvents(1)), signal)
  await sink.close()
  expect(outcome).toMatchObject({ kind: 'pause', reason: expect.stringContaining('written as %25 %2F') })
  expect(JSON.stringify(outcome)).not.toContain('cret')
})

test('a check says what would pause the sink: no right to write, a database that takes no writes', async () => {
  const url = await server.database()
  const [name] = new URL(url).pathname.slice(1).split('?')
  const checked = async () => {
    const sink = openSink(url)
    const finding = await sink.check?.(signal)
    await sink.close()
    return finding
  }
  expect(await checked()).toMatchObject({ ok: true, detail: 'holds 0 events' })
  await server.query(url, `ALTER ROLE ferry IN DATABASE ${name} SET default_transaction_read_only = on`)
  expect(await checked()).toMatchObject({ ok: false, detail: expect.stringContaining('takes no writes') })
  await server.query(url, `ALTER ROLE ferry IN DATABASE ${name} RESET default_transaction_read_only`)
  await server.query(url, `ALTER TABLE auditferry_archive.events OWNER TO postgres`)
  await server.query(url, `GRANT SELECT ON auditferry_archive.events TO ferry`)
  expect(await checked()).toMatchObject({
    ok: false,
    cure: expect.stringContaining('make the user the owner'),
  })
})

test('pauses for missing privileges, and goes on once they are granted', async () => {
  const url = await server.database()
  const [name] = new URL(url).pathname.slice(1).split('?')
  await server.query(url, `ALTER DATABASE ${name} OWNER TO postgres`)
  const sink = openSink(url)
  const write = () => sink.write(batch(auditEvents(2)), signal)
  expect((await write())[0]).toMatchObject({ kind: 'pause', reason: expect.stringContaining('grant CREATE') })
  await server.query(url, `GRANT CREATE ON DATABASE ${name} TO ferry`)
  expect((await write()).map(({ kind }) => kind)).toEqual(['delivered', 'delivered'])
  await sink.close()
})

test.each([
  ['53100', 'retry', 'the disk of the server is full'],
  ['57P03', 'retry', 'starting or stopping'],
  ['53300', 'retry', 'too many connections'],
  ['25006', 'pause', 'takes no writes'],
  ['42P01', 'pause', 'grant USAGE on the schema auditferry_archive'],
  ['57014', 'retry', 'raise statement_timeout'],
  ['28000', 'pause', 'refuses this user'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'pause', 'TLS failed'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'pause', 'name the server in `database` as its certificate does'],
  ['ENOTFOUND', 'pause', 'the host is not known'],
  ['XX000', 'retry', 'some words'],
])('knows what %s means', (code, kind, what) => {
  const failure: ArchiveFailure = explainError('db/name', Object.assign(new Error('some words'), { code }))
  expect(failure).toMatchObject({ kind, message: expect.stringContaining(what) })
  expect(failure.message).toContain('some words')
})

test('leaves out the advice of Node, which would pass for the cure', () => {
  const said =
    'unable to verify the first certificate; if the root CA is installed locally, try running Node.js with --use-system-ca'
  const error = Object.assign(new Error(said), { code: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE' })
  expect(explainError('db/name', error).message).toBe(
    'db/name: TLS failed (unable to verify the first certificate); give the certificate of the authority as `tls: { ca_file: … }`',
  )
})

test('loses nothing and doubles nothing when the server is killed while batches are written', async () => {
  const url = await server.database()
  const sink = openSink(url)
  const events = auditEvents(3_000)
  const wanted = new Set(events.map(({ uid }) => uid))
  let failures = 0
  let kills = 0
  const killing = (async () => {
    for (; kills < 3; kills++) {
      await new Promise((resolve) => setTimeout(resolve, 150))
      await server.kill('SIGKILL')
      await server.start()
    }
  })()
  for (let at = 0; at < events.length || kills < 3; at += 50) {
    const part = batch(events.slice(at % events.length, (at % events.length) + 50))
    for (;;) {
      const outcomes = await sink.write(part, signal)
      if (outcomes.every(({ kind }) => kind === 'delivered')) break
      expect(outcomes.every(({ kind }) => kind === 'retry')).toBe(true)
      failures++
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  await killing
  expect(failures).toBeGreaterThan(0)
  const found: string[] = []
  for await (const some of sink.archive?.read({}, signal) ?? []) found.push(...some.map(({ uid }) => uid))
  expect(found).toHaveLength(events.length)
  expect(new Set(found)).toEqual(wanted)
  expect((await sink.archive?.extent(signal))?.events).toBe(events.length)
  await sink.close()
})

/** A connection to the server that can stop passing data on, like a firewall that has forgotten its connections. */
async function silentlyCut(url: string) {
  const connections: Socket[] = []
  const passing: { cut: boolean; cutAfter?: string } = { cut: false }
  const way = createServer((near) => {
    const far = connect(server.port, '127.0.0.1')
    const mine = { cut: false }
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      connections.push(from)
      from.on('error', () => undefined)
      from.on('data', (bytes) => {
        mine.cut ||= passing.cut
        if (!mine.cut) to.write(bytes)
        mine.cut ||= passing.cutAfter !== undefined && bytes.includes(passing.cutAfter)
      })
      from.on('close', () => !mine.cut && to.destroy())
    }
  }).listen(0, '127.0.0.1')
  await once(way, 'listening')
  onTestFinished(() => {
    way.close()
    for (const it of connections) it.destroy()
  })
  const { port } = way.address() as AddressInfo
  return { passing, url: url.replace(`:${server.port}/`, `:${port}/`) }
}

test('a connection that is cut off silently is given up after `timeout`, and holds up no stop', async () => {
  const whole = await server.database()
  // Loads the driver and creates the tables, which takes time on a busy machine.
  expect(await outcomeAt(whole)).toEqual({ kind: 'delivered' })
  const { passing, url } = await silentlyCut(whole)
  const sink = openSink(url, 8_000)
  const write = async (count: number) => (await sink.write(batch(auditEvents(count)), signal)).at(-1)
  expect(await write(1)).toEqual({ kind: 'delivered' })
  passing.cut = true
  expect(await write(2)).toEqual({ kind: 'retry', reason: 'no answer within 8s (`timeout`)' })
  passing.cut = false
  expect(await write(3)).toEqual({ kind: 'delivered' })
  passing.cut = true
  const pending = write(4)
  const startedAt = performance.now()
  await sink.close()
  expect(performance.now() - startedAt).toBeLessThan(7_000)
  expect((await pending)?.kind).toBe('retry')
})

test('a connection that is cut off while it holds the lock keeps nobody out for long', async () => {
  const url = await server.database()
  const { passing, url: cut } = await silentlyCut(url)
  const [sink, other] = [openSink(cut, 3_000), openSink(url)]
  onTestFinished(async () => void (await Promise.all([sink.close(), other.close()])))
  expect((await other.write(batch(auditEvents(1)), signal))[0]).toEqual({ kind: 'delivered' })
  passing.cutAfter = 'pg_advisory_xact_lock($1)'
  expect((await sink.write(batch(auditEvents(2)), signal))[0]).toEqual({
    kind: 'retry',
    reason: 'no answer within 3s (`timeout`)',
  })
  const [outcome] = await other.write(batch(auditEvents(2)), AbortSignal.timeout(PATIENCE_MS))
  expect(outcome).toEqual({ kind: 'delivered' })
})
