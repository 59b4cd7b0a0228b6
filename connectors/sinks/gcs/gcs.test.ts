import { generateKeyPairSync, hash } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { auditEvents, batchOf } from '../../../test/conformance/batches.ts'
import { expectHoursOnce } from '../../../test/conformance/objects-once.ts'
import { checkOnce, writeOnce } from '../../../test/conformance/once.ts'
import { openSink } from '../../../test/conformance/open-sink.ts'
import { type GcsEmulator, startGcsEmulator } from '../../../test/emulators/gcs/emulator.ts'
import { googleError } from '../../../test/emulators/google/tokens.ts'
import { config } from './config.ts'
import { definition } from './index.ts'

const calm = new AbortController().signal
let emulator: GcsEmulator
const optionsOf = ({ bucket, url, credentials }: GcsEmulator) => ({ bucket, endpoint: url, credentials })
const open = (options: Record<string, unknown> = {}, now?: () => number) =>
  openSink(definition, { ...optionsOf(emulator), ...options }, now)

const write = (options?: Record<string, unknown>) => writeOnce(open(options))
const check = (options: Record<string, unknown> = {}) => checkOnce(open(options))

/** The key with some of its members changed. */
function keyWith(changes: object): string {
  return JSON.stringify({ ...JSON.parse(emulator.credentials), ...changes })
}

const otherKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
  ...{ type: 'pkcs8', format: 'pem' },
})

beforeEach(async () => {
  emulator = await startGcsEmulator()
})
afterEach(() => emulator.stop())

describe('objects', () => {
  test.each(['gzip', 'zstd', 'none'])(
    '%s: one per hour, stored once, however often it is written',
    async (compression) => {
      await expectHoursOnce(open({ compression, prefix: 'a b/é' }), emulator.objects)
      expect([...emulator.objects.keys()][0]).toMatch(/^a%20b\/%C3%A9\/org=acme\/dt=2026-11-22\/hour=2[23]\//)
    },
  )

  test('one token serves many requests, and is renewed before it expires', async () => {
    let now = Date.now()
    await emulator.stop()
    emulator = await startGcsEmulator({ now: () => now })
    const { sink, format } = open({}, () => now)
    await sink.write(batchOf(auditEvents(1), format), calm)
    await sink.write(batchOf(auditEvents(1, 7), format), calm)
    expect(emulator.desk.issued()).toBe(1)
    now += 56 * 60_000
    await sink.write(batchOf(auditEvents(1, 9), format), calm)
    await sink.close()
    expect(emulator.desk.issued()).toBe(2)
    expect(emulator.objects.size).toBe(3)
  })

  test('a token that was revoked is replaced within the write', async () => {
    const { sink, format } = open()
    await sink.write(batchOf(auditEvents(1), format), calm)
    emulator.desk.revoke()
    expect(await sink.write(batchOf(auditEvents(1, 7), format), calm)).toEqual([{ kind: 'delivered' }])
    await sink.close()
  })
})

describe('what an answer means', () => {
  test.each([
    [301, 'pause'],
    [400, 'pause'],
    [401, 'pause'],
    [403, 'pause'],
    [404, 'pause'],
    [408, 'retry'],
    [409, 'pause'],
    [410, 'pause'],
    [412, 'delivered'],
    [413, 'split'],
    [418, 'pause'],
    [429, 'retry'],
    [500, 'retry'],
    [502, 'retry'],
    [503, 'retry'],
    [504, 'retry'],
  ] as const)('%i: %s', async (status, kind) => {
    for (const body of ['', '<html>busy</html>', googleError(status, 'refused').body]) {
      emulator.fail({ status, body }, 1)
      expect([body, (await write())[0]?.kind]).toEqual([body, kind])
    }
  })

  test.each(['', '{}', '<html>sign in</html>', '{"kind":"storage#object"}'])(
    'a 200 of %j proves nothing',
    async (body) => {
      emulator.fail({ status: 200, body }, 1)
      expect(await write()).toMatchObject([{ kind: 'retry' }])
    },
  )

  test.each<[string, object, string]>([
    ['no name', { name: undefined }, 'retry'],
    ['another name', { name: 'other' }, 'retry'],
    ['no generation', { generation: undefined }, 'retry'],
    ['a generation in another place', { generation: undefined, metadata: { generation: '1' } }, 'retry'],
    ['another size', { size: '0' }, 'retry'],
    ['another MD5', { md5Hash: '1B2M2Y8AsgTpgAmY7PhCfg==' }, 'retry'],
    ['neither size nor MD5', { size: undefined, md5Hash: undefined }, 'delivered'],
    ['all of it', {}, 'delivered'],
  ])('a description with %s', async (_, changes, kind) => {
    await write()
    const [stored] = emulator.objects.values()
    const name = stored?.key
    const size = `${stored?.body.length}`
    const md5Hash = hash('md5', stored?.body ?? '', 'base64')
    emulator.objects.clear()
    const body = JSON.stringify({ name, generation: '1', size, md5Hash, ...changes })
    emulator.fail({ status: 200, body }, 1)
    expect(await write()).toMatchObject([{ kind }])
  })

  test('an object that was stored damaged counts for nothing until it is deleted', async () => {
    const { sink, format } = open({ compression: 'none' })
    const batch = batchOf(auditEvents(3), format)
    emulator.damage(1)
    expect(await sink.write(batch, calm)).toMatchObject(Array(3).fill({ kind: 'retry' }))
    const [name = ''] = emulator.objects.keys()
    expect(await sink.write(batch, calm)).toMatchObject(
      Array(3).fill({ kind: 'pause', reason: `${name} was stored damaged; delete it` }),
    )
    emulator.objects.clear()
    expect(await sink.write(batch, calm)).toMatchObject(Array(3).fill({ kind: 'delivered' }))
    expect(await sink.write(batch, calm)).toMatchObject(Array(3).fill({ kind: 'delivered' }))
    await sink.close()
  })

  test('Cloud Storage gets the MD5, and what it refuses as damaged is written again', async () => {
    await write()
    const [stored] = emulator.objects.values()
    expect(stored?.headers['x-goog-hash']).toBe(`md5=${hash('md5', stored?.body ?? '', 'base64')}`)
    const said = `Provided MD5 hash "x" doesn't match calculated MD5 hash "y".`
    emulator.fail({ status: 400, body: googleError(400, said).body }, 1)
    expect(await write()).toMatchObject([{ kind: 'retry', reason: 'the object was damaged on the way' }])
  })

  test('a description that is cut, or followed by something, does not count', async () => {
    await write()
    const [name = ''] = emulator.objects.keys()
    const body = JSON.stringify({ name, generation: '1' })
    for (const wrong of [body.slice(0, -1), `<p>${body}</p>`]) {
      emulator.fail({ status: 200, body: wrong }, 1)
      expect(await write()).toMatchObject([{ kind: 'retry' }])
    }
  })

  test.each([
    ['a missing right', () => void emulator.denied.add('storage.objects.create'), {}, 'objectCreator'],
    ['a missing bucket', () => {}, { bucket: 'nobody' }, 'create the bucket'],
  ])('%s pauses the sink, and check names the cure', async (_, prepare, options, cure) => {
    prepare()
    expect(await write(options)).toMatchObject([{ kind: 'pause', reason: expect.stringContaining(cure) }])
    expect(await check(options)).toMatchObject({ ok: false, cure: expect.stringContaining(cure) })
  })
})

describe('credentials that give no token', () => {
  test.each([
    ['another key', () => keyWith({ private_key: otherKey }), 'Invalid JWT Signature'],
    ['an unknown account', () => keyWith({ client_email: 'nobody@x.example' }), 'account not found'],
    ['no JSON', () => 'hunter2-hunter2', 'JSON text of a service account key'],
    ['no key', () => '{"type":"authorized_user"}', 'JSON text of a service account key'],
    ['half a key', () => keyWith({ private_key: '-----BEGIN' }), 'whole PEM'],
  ])('%s', async (_, credentials, reason) => {
    const text = credentials()
    const [outcome] = await write({ credentials: text })
    expect(outcome).toMatchObject({ kind: 'pause', reason: expect.stringContaining(reason) })
    const result = await check({ credentials: text })
    expect(result).toMatchObject({ ok: false, detail: expect.stringContaining(reason) })
    expect(result?.cure).not.toBe('')
    expect(JSON.stringify([outcome, result])).not.toContain('hunter2')
    expect(emulator.objects.size).toBe(0)
  })

  test('a clock that is off by an hour', async () => {
    const { sink, format } = open({}, () => Date.now() + 3_700_000)
    const [outcome] = await sink.write(batchOf(auditEvents(1), format), calm)
    await sink.close()
    expect(outcome).toMatchObject({ kind: 'pause', reason: expect.stringContaining('NTP') })
  })

  test('an unreachable token endpoint is tried again', async () => {
    const credentials = keyWith({ token_uri: 'http://127.0.0.1:9/token' })
    expect(await write({ credentials })).toMatchObject([{ kind: 'retry' }])
  })
})

test('a token that is issued again because it is still valid is accepted', async () => {
  const { sink, format } = open()
  const kindOf = async (from: number) =>
    (await sink.write(batchOf(auditEvents(1, from), format), calm))[0]?.kind
  expect(await kindOf(0)).toBe('delivered')
  emulator.desk.repeat()
  emulator.fail({ status: 401 }, 1)
  expect([await kindOf(3600), await kindOf(7200)]).toEqual(['delivered', 'delivered'])
  await sink.close()
})

test('check asks for the permission and writes nothing', async () => {
  expect(await check()).toEqual({ ok: true, detail: 'bucket acme-audit takes objects', cure: '' })
  expect(emulator.objects.size).toBe(0)
})

test.each([
  [{ bucket: 'gs://audit' }, /a name alone/],
  [{ bucket: 'b' }, /3 to 222 small letters, digits/],
  [{ bucket: 'audit', prefix: '../x' }, /may not hold/],
])('%j is refused', (options, message) => {
  const { error } = config.safeParse(options)
  expect(error?.issues.map((it) => it.message)).toEqual([expect.stringMatching(message)])
})

test('the preview shows the object and no secret', () => {
  const { format } = open()
  const batch = batchOf(auditEvents(1), format)
  const preview = definition.preview?.(config.parse(optionsOf(emulator)), { format, version: '0' }, batch)
  expect(preview?.place).toMatch(/^gs:\/\/acme-audit\/org=acme\/dt=2026-11-22\/hour=22\/.*\.ndjson\.gz$/)
  expect(JSON.parse(preview?.body ?? '').uid).toBe(batch.events[0]?.uid)
  expect(JSON.stringify(preview)).not.toContain('PRIVATE KEY')
})
