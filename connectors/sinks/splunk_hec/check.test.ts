import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { Connection } from '../../../src/lib/http/http.ts'
import { type Certificates, createCertificates } from '../../../test/emulators/splunk-hec/certificates.ts'
import {
  type HecEmulator,
  type HecOptions,
  startHecEmulator,
} from '../../../test/emulators/splunk-hec/hec.ts'
import type { Config } from './config.ts'
import { batchOf, events, noSignal, openSink } from './fixtures/rig.ts'

let folder = ''
let certificates: Certificates
const open: HecEmulator[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'splunk-hec-'))
  certificates = await createCertificates()
  const { ca, client } = certificates
  await writeFile(join(folder, 'ca.pem'), ca.cert)
  await writeFile(join(folder, 'client.pem'), client.cert)
  await writeFile(join(folder, 'client.key'), client.key)
})

afterAll(() => rm(folder, { recursive: true }))

afterEach(async () => {
  for (const hec of open.splice(0)) await hec.stop()
})

async function start(options: HecOptions = {}): Promise<HecEmulator> {
  const hec = await startHecEmulator(options)
  open.push(hec)
  return hec
}

/** A collector with TLS, what `check` says of it and what a write comes to. */
async function reach(tls: Partial<Connection['tls']>, mutual = false) {
  const { server, ca } = certificates
  const hec = await start({ tls: { ...server, ...(mutual && { clientCa: ca.cert }) } })
  const sink = openSink(hec, {}, { tls })
  const check = await sink.check?.(noSignal)
  const [outcome] = await sink.write(batchOf(events(1)), noSignal)
  await sink.close()
  return { check, outcome, indexed: hec.indexed.length }
}

test('TLS: a certificate of an unknown CA is refused, and pauses', async () => {
  const { check, outcome, indexed } = await reach({})
  expect(check).toMatchObject({ ok: false, cure: expect.stringContaining('tls.ca_file') })
  expect(outcome?.kind).toBe('pause')
  expect(indexed).toBe(0)
})

test('TLS: the own CA is trusted when named', async () => {
  const { check, outcome, indexed } = await reach({ caFile: join(folder, 'ca.pem') })
  expect(check).toMatchObject({ ok: true })
  expect(outcome?.kind).toBe('delivered')
  expect(indexed).toBe(1)
})

test('TLS: verification is off only when configured', async () => {
  const { check, outcome } = await reach({ insecureSkipVerify: true })
  expect(check).toMatchObject({ ok: true })
  expect(outcome?.kind).toBe('delivered')
})

test('TLS: a client certificate is presented on request', async () => {
  const caFile = join(folder, 'ca.pem')
  const client = { certFile: join(folder, 'client.pem'), keyFile: join(folder, 'client.key') }
  expect((await reach({ caFile, ...client }, true)).outcome?.kind).toBe('delivered')
  const without = await reach({ caFile }, true)
  expect(without.check?.ok).toBe(false)
  expect(without.indexed).toBe(0)
})

test.each<[string, HecOptions, Partial<Config>, string, string]>([
  ['healthy', {}, {}, '200 HEC is healthy (code 17)', ''],
  [
    'acknowledging',
    { acknowledgements: true },
    { acknowledgements: true },
    'acknowledgements are enabled',
    '',
  ],
  [
    'not acknowledging',
    {},
    { acknowledgements: true },
    '400 acknowledgement is disabled (code 14)',
    'set `acknowledgements: false`',
  ],
  ['disabled token', { tokenDisabled: true }, {}, '400 token disabled (code 22)', 'check `token`'],
])('check: %s', async (_, hecOptions, sinkOptions, detail, cure) => {
  const hec = await start(hecOptions)
  const check = await openSink(hec, sinkOptions).check?.(noSignal)
  expect(check).toEqual({
    ok: cure === '',
    detail: expect.stringContaining(detail),
    cure: cure === '' ? '' : expect.stringContaining(cure),
  })
  expect(hec.indexed).toEqual([])
})

test('check: a wrong token', async () => {
  const hec = await start()
  const check = await openSink({ url: hec.url, token: 'wrong' }).check?.(noSignal)
  expect(check).toEqual({
    ok: false,
    detail: '400 invalid token (code 21)',
    cure: 'check `token` and that it is enabled in Splunk',
  })
})

test.each([
  [
    503,
    '{"text":"HEC is unhealthy, queues are full","code":18}',
    '503 queues are full (code 18)',
    'overloaded',
  ],
  [502, '<html>Bad gateway</html>', 'HTTP 502: <html>Bad gateway</html>', 'in trouble'],
  [404, '<html>Not here</html>', 'HTTP 404: <html>Not here</html>', 'check `endpoint`'],
  [200, '<html>Log in</html>', 'HTTP 200: <html>Log in</html>', 'check `endpoint`'],
])('check: %i %s', async (status, body, detail, cure) => {
  const hec = await start()
  hec.fail({ status, body }, 1)
  const check = await openSink(hec).check?.(noSignal)
  expect(check).toEqual({ ok: false, detail, cure: expect.stringContaining(cure) })
})

test('check: a receiver of the same protocol that reports its health as a success', async () => {
  const hec = await start()
  hec.fail({ status: 200, body: '{"text":"Success","code":0}' }, 1)
  expect(await openSink(hec).check?.(noSignal)).toMatchObject({ ok: true })
})

test('check: nobody listens', async () => {
  const hec = await startHecEmulator()
  await hec.stop()
  const check = await openSink(hec).check?.(noSignal)
  expect(check).toEqual({
    ok: false,
    detail: expect.stringContaining('ECONNREFUSED'),
    cure: expect.stringContaining('HEC is enabled'),
  })
})

test('check: a host that does not exist', async () => {
  const sink = openSink({ url: 'https://splunk.invalid:8088', token: 't' })
  const check = await sink.check?.(noSignal)
  expect(check?.ok).toBe(false)
  expect(check?.cure).toMatch(/host/)
})
