/** `verify` of an archive in PostgreSQL: it names what somebody with all privileges has changed there. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createPostgresArchive } from '../../src/archive/postgres/archive.ts'
import { register } from '../../src/cli/verify.ts'
import { UsageError } from '../../src/errors.ts'
import { lineFormat } from '../../src/formats/formats.ts'
import { Secret } from '../../src/lib/secret.ts'
import { createHarness } from '../cli/harness.ts'
import { auditEvents } from '../conformance/batches.ts'
import { tempFolder } from '../engine/temp-folder.ts'
import { eventOfEach } from '../formats/sample-events.ts'
import { type PostgresServer, startPostgres } from '../postgres/server.ts'

let server: PostgresServer
beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server.stop())
afterEach(() => {
  process.exitCode = 0
})

const native = lineFormat('native')
const EVENTS = [...eventOfEach(), ...auditEvents(400)]

async function filled(retained = 0): Promise<string> {
  const url = await server.database()
  const archive = createPostgresArchive({
    database: new Secret(url),
    tls: { insecureSkipVerify: false },
    now: Date.now,
  })
  const lines = EVENTS.map((event) => ({
    uid: event.uid,
    timestamp: event.timestamp,
    line: Buffer.from(native.encode(event)),
  }))
  await archive.append(lines)
  if (retained > 0) await archive.dropBefore(retained)
  await archive.close()
  return url
}

async function verified(url: string) {
  const folder = tempFolder()
  const file = join(folder, 'auditferry.yaml')
  const sources = { acme: { type: 'pulumi', organization: 'acme', access_token: 'pul-0' } }
  const sinks = { kept: { type: 'archive', database: url }, plain: { type: 'file', path: './out' } }
  writeFileSync(file, JSON.stringify({ sources, sinks }))
  const run = (...args: string[]) => createHarness(register).run('verify', '-c', file, ...args)
  return { run, report: async () => JSON.parse(await run('--sink', 'kept', '--json')) }
}

test('an untouched one is intact, also after retention', async () => {
  const whole = await (await verified(await filled())).report()
  expect(whole).toMatchObject({ ok: true, files: 1, events: new Set(EVENTS.map(({ uid }) => uid)).size })
  expect(whole.notes[0]).toMatch(/^sink kept: the chain ends with entry \d+, hash [0-9a-f]{64}/)
  expect(process.exitCode ?? 0).toBe(0)
  const newest = EVENTS.reduce((latest, { timestamp }) => Math.max(latest, timestamp), 0)
  const dropped = await (await verified(await filled(newest))).report()
  expect(dropped.faults).toEqual([])
})

const ROW = '(SELECT key FROM events ORDER BY key LIMIT 1 OFFSET 200)'
test.each([
  ['removed its row', `DELETE FROM events WHERE key = ${ROW}`, 'missing', /its row was removed/],
  [
    'changed its row',
    `UPDATE events SET severity = 9 WHERE key = ${ROW}`,
    'changed',
    /its row says something else/,
  ],
  ['hid its words', `UPDATE events SET words = '' WHERE key = ${ROW}`, 'changed', /by its words/],
  [
    'added a word',
    `UPDATE events SET words = words || 'zzz'::tsvector WHERE key = ${ROW}`,
    'changed',
    /by its words/,
  ],
  [
    'renamed a user',
    "UPDATE texts SET text = 'eve' WHERE text = 'dana'",
    'changed',
    /its row says something else/,
  ],
  ['changed what a chart counts', 'UPDATE tallies SET count = count + 1', 'changed', /as charts show them/],
  [
    'changed failures of users',
    'UPDATE day_tallies SET failures = failures + 1',
    'changed',
    /as charts show/,
  ],
  ['removed a payload', 'DELETE FROM payloads WHERE number = 2', 'missing', /the events of entry 2/],
  ['removed an entry', 'DELETE FROM entries WHERE number = 2', 'missing', /entries 2 to 2 are missing/],
  [
    'put other events in',
    'UPDATE payloads SET blob = (SELECT blob FROM payloads WHERE number = 1) WHERE number = 2',
    'changed',
    /the event/,
  ],
  [
    'broke the bytes',
    'UPDATE payloads SET blob = substring(blob from 1 for 20) WHERE number = 2',
    'damaged',
    /is damaged/,
  ],
  [
    'changed the count',
    'UPDATE day_tallies SET count = count + 1 WHERE field = 0 AND day = (SELECT min(day) FROM day_tallies)',
    'missing',
    /were counted when they came/,
  ],
])('names it when somebody %s', async (_, sql, kind, message) => {
  const url = await filled()
  await server.query(
    url,
    `SET search_path = auditferry_archive, pg_catalog; SET session_replication_role = replica; ${sql}`,
  )
  const { report } = await verified(url)
  const { ok, faults } = await report()
  expect(ok).toBe(false)
  expect(faults[0]).toMatchObject({ kind, file: 'sink kept', message: expect.stringMatching(message) })
  expect(process.exitCode).toBe(1)
})

test('creates nothing in a database without an archive, and refuses what is not one', async () => {
  const url = await server.database()
  const { run } = await verified(url)
  await expect(run('--sink', 'kept')).rejects.toThrow(/holds no archive/)
  const schemas = await server.query(url, "SELECT to_regnamespace('auditferry_archive') AS schema")
  expect(schemas).toEqual([{ schema: null }])
  await expect(run('--sink', 'plain')).rejects.toThrow(
    new UsageError('the sink plain keeps no archive; name a sink of `type: archive`'),
  )
  await expect(run('--sink', 'kep')).rejects.toThrow(/did you mean kept/)
  await expect(run()).rejects.toThrow(/say what to verify/)
})
