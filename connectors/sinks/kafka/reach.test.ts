/** Logins, TLS, and what `check` finds wrong on the way to a cluster. */
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { auditEvents, batchOf } from '../../../test/conformance/batches.ts'
import { deliver, write } from '../../../test/conformance/deliver.ts'
import { openSink } from '../../../test/conformance/open-sink.ts'
import { startKafkaCluster } from '../../../test/emulators/kafka/cluster.ts'
import type { ClusterOptions } from '../../../test/emulators/kafka/state.ts'
import { type Certificates, writeCertificates } from '../../../test/emulators/splunk-hec/certificates.ts'
import { PATIENCE_MS } from '../../../test/patience.ts'
import { definition } from './index.ts'

let folder = ''
let certificates: Certificates
const disposal: (() => unknown)[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kafka-'))
  certificates = await writeCertificates(folder)
})
afterAll(() => rm(folder, { recursive: true }))
afterEach(async () => {
  for (const end of disposal.splice(0).reverse()) await end()
})

const pem = (name: string) => join(folder, name)

async function start(options: ClusterOptions = {}) {
  const cluster = await startKafkaCluster(options)
  disposal.push(() => cluster.stop())
  return cluster
}

/** What `check` says, and what a write comes to. */
async function reach(options: Readonly<Record<string, unknown>>) {
  const { sink, format } = openSink(definition, { topic: 'pulumi-audit', timeout: '60s', ...options })
  disposal.push(() => sink.close())
  const check = await sink.check?.(AbortSignal.timeout(PATIENCE_MS))
  const [outcome] = await write(sink, batchOf(auditEvents(2), format))
  return { check, outcome, sink, format }
}

const login = { username: 'dana,=o', password: 'pass, "word" ü', token: 'header.claims.signature' }

describe.each(['plain', 'scram-sha-256', 'scram-sha-512'])('%s', (mechanism) => {
  const { username, password } = login

  test('logs in; a wrong password, or another user, pauses', async () => {
    const cluster = await start({ login })
    const options = { brokers: cluster.bootstrap, encryption: 'none' }
    const good = await reach({ ...options, sasl: { mechanism, username, password } })
    expect(good.check).toMatchObject({
      ok: true,
      detail: expect.stringContaining(`not encrypted, ${mechanism}`),
    })
    expect(good.outcome).toEqual({ kind: 'delivered' })
    for (const wrong of [
      { username, password: 'no' },
      { username: 'eve', password },
    ]) {
      const { check, outcome } = await reach({ ...options, sasl: { mechanism, ...wrong } })
      expect(check).toMatchObject({ ok: false, cure: expect.stringContaining('user and password') })
      expect(outcome).toMatchObject({ kind: 'pause', reason: expect.stringContaining('`sasl`') })
    }
    expect(cluster.uids()).toHaveLength(2)
  })

  test('pauses if the brokers offer another mechanism', async () => {
    const cluster = await start({ login, mechanisms: ['GSSAPI'] })
    const sasl = { mechanism, username, password }
    const { check, outcome } = await reach({ brokers: cluster.bootstrap, encryption: 'none', sasl })
    expect(check).toMatchObject({ ok: false, cure: expect.stringContaining('mechanism') })
    expect(outcome?.kind).toBe('pause')
  })
})

test.each([
  ['an error at once', 'first', () => 'e=other-error'],
  ['nothing at once', 'first', () => ''],
  ['no salt', 'first', (answer: string) => answer.replace(/,s=[^,]*/, '')],
  ['another nonce', 'first', (answer: string) => answer.replace('r=', 'r=x')],
  ['too few rounds', 'first', (answer: string) => answer.replace(/i=.*/, 'i=1')],
  ['another signature', 'last', () => 'v=AAAA'],
  ['nothing at last', 'last', () => ''],
] as const)(
  'a broker that answers a SCRAM login with %s gets no events and breaks nothing',
  async (_, at, change) => {
    const scram = (answer: string, step: 'first' | 'last') => (step === at ? change(answer) : answer)
    const cluster = await start({ login: { ...login, scram } })
    const { username, password } = login
    const sasl = { mechanism: 'scram-sha-256', username, password }
    const { check, outcome } = await reach({ brokers: cluster.bootstrap, encryption: 'none', sasl })
    expect(check).toMatchObject({ ok: false })
    expect(outcome).toMatchObject({ kind: 'pause', reason: expect.stringContaining('in `sasl`') })
    expect([JSON.stringify([check, outcome]).includes(password), cluster.uids()]).toEqual([false, []])
  },
)

describe('oauthbearer', () => {
  test('a token of its own; if that is refused, the sink pauses', async () => {
    const cluster = await start({ login })
    const open = (token: string) =>
      reach({ brokers: cluster.bootstrap, encryption: 'none', sasl: { mechanism: 'oauthbearer', token } })
    expect((await open(login.token)).outcome).toEqual({ kind: 'delivered' })
    const { check, outcome } = await open('stale')
    expect(check).toMatchObject({ ok: false, cure: expect.stringContaining('token') })
    expect(outcome).toMatchObject({ kind: 'pause', reason: expect.stringContaining('invalid_token') })
  })

  test('tokens of an identity provider, kept until they expire; a refused client pauses, a broken provider is asked again', async () => {
    const asked: string[] = []
    let status = 200
    const provider = createServer((request, response) => {
      let body = ''
      request.on('data', (chunk) => (body += chunk))
      request.on('end', () => {
        asked.push(body)
        response.writeHead(status, { 'content-type': 'application/json' })
        response.end(
          JSON.stringify(status === 200 ? { access_token: login.token, expires_in: 3600 } : { error: body }),
        )
      })
    })
    await new Promise<void>((resolve) => void provider.listen(0, '127.0.0.1', resolve))
    disposal.push(() => provider.close())
    const cluster = await start({ login, brokers: 2, partitions: 2 })
    const sasl = {
      mechanism: 'oauthbearer',
      token_url: `http://127.0.0.1:${(provider.address() as AddressInfo).port}/token`,
      client_id: 'ferry',
      client_secret: 'client-secret-of-ferry',
      scope: 'kafka/.default',
    }
    const options = { brokers: cluster.bootstrap, encryption: 'none', key: 'event_uid', sasl }
    expect((await reach(options)).outcome).toEqual({ kind: 'delivered' })
    expect(asked[0]).toBe(
      'grant_type=client_credentials&client_id=ferry&client_secret=client-secret-of-ferry&scope=kafka%2F.default',
    )
    // One for `check`, one for the sink: not one a connection.
    expect(asked).toHaveLength(2)
    status = 503
    expect((await reach(options)).outcome?.kind).toBe('retry')
    status = 401
    const { check, outcome } = await reach(options)
    expect(outcome).toMatchObject({ kind: 'pause', reason: expect.stringContaining('client_id') })
    expect(check?.cure).toContain('client_id')
    expect(JSON.stringify([check, outcome])).not.toContain('client-secret-of-ferry')
  })
})

test('an identity provider with an unknown host is not mistaken for a broker', async () => {
  const cluster = await start({ login })
  const own = { token_url: 'https://id.invalid/token', client_id: 'ferry', client_secret: 'hidden' }
  const sasl = { mechanism: 'oauthbearer', ...own }
  const { check, outcome } = await reach({ brokers: cluster.bootstrap, encryption: 'none', sasl })
  expect(check).toMatchObject({ ok: false, cure: 'check the host name in `token_url`' })
  expect(outcome).toMatchObject({ kind: 'pause', reason: expect.stringContaining(`; ${check?.cure}`) })
})

test('a fetched token that is refused is not kept: the next attempt has a new one', async () => {
  const given = ['stale', login.token]
  const provider = createServer((request, response) => {
    request.resume()
    response.end(JSON.stringify({ access_token: given.shift(), expires_in: 3600 }))
  }).listen(0, '127.0.0.1')
  await once(provider, 'listening')
  disposal.push(() => provider.close())
  const cluster = await start({ login })
  const token_url = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/token`
  const sasl = { mechanism: 'oauthbearer', token_url, client_id: 'ferry', client_secret: 'hidden' }
  const options = { brokers: cluster.bootstrap, topic: cluster.topic, encryption: 'none', sasl }
  const { sink, format } = openSink(definition, options)
  disposal.push(() => sink.close())
  const batch = batchOf(auditEvents(1), format)
  expect((await write(sink, batch))[0]?.kind).toBe('pause')
  expect(await write(sink, batch)).toEqual([{ kind: 'delivered' }])
})

test('a session that expires is renewed, and nothing is lost', async () => {
  const cluster = await start({ login, sessionMs: 400 })
  const { username, password } = login
  const sasl = { mechanism: 'scram-sha-256', username, password }
  const { sink, format } = await reach({ brokers: cluster.bootstrap, encryption: 'none', sasl })
  for (let n = 1; n <= 12; n++) {
    await deliver(sink, batchOf(auditEvents(5, n * 5), format))
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  expect(new Set(cluster.uids())).toEqual(
    new Set([...auditEvents(2), ...auditEvents(60, 5)].map(({ uid }) => uid)),
  )
})

test('no login although the brokers require one', async () => {
  const cluster = await start({ login })
  const { check, outcome } = await reach({ brokers: cluster.bootstrap, encryption: 'none' })
  expect(check).toMatchObject({ ok: false, cure: expect.stringContaining('ask for a login') })
  expect(outcome?.kind).toBe('retry')
})

describe('TLS', () => {
  test('with the own CA; without it the sink pauses', async () => {
    const cluster = await start({ tls: certificates.server })
    const good = await reach({ brokers: cluster.bootstrap, tls: { ca_file: pem('ca.pem') } })
    expect(good.check).toMatchObject({ ok: true, detail: expect.stringContaining('TLS') })
    expect(good.outcome).toEqual({ kind: 'delivered' })
    const { check, outcome } = await reach({ brokers: cluster.bootstrap })
    expect(check).toMatchObject({ ok: false, cure: expect.stringContaining('tls.ca_file') })
    expect(outcome?.kind).toBe('pause')
    const unchecked = { insecure_skip_verify: true }
    expect((await reach({ brokers: cluster.bootstrap, tls: unchecked })).outcome?.kind).toBe('delivered')
  })

  test('a certificate that is not for servers pauses', async () => {
    const cluster = await start({ tls: certificates.ca })
    const { check, outcome } = await reach({ brokers: cluster.bootstrap, tls: { ca_file: pem('ca.pem') } })
    expect(outcome).toMatchObject({ kind: 'pause', reason: expect.stringContaining('purpose') })
    expect(check?.cure).toContain('tls.ca_file')
  })

  test('a client certificate', async () => {
    const cluster = await start({ tls: { ...certificates.server, clientCa: certificates.ca.cert } })
    const open = (own: object) =>
      reach({ brokers: cluster.bootstrap, tls: { ca_file: pem('ca.pem'), ...own } })
    const ours = { cert_file: pem('client.pem'), key_file: pem('client.key') }
    expect((await open(ours)).outcome).toEqual({ kind: 'delivered' })
    for (const own of [{}, { cert_file: pem('other.pem'), key_file: pem('other.key') }]) {
      const { check, outcome } = await open(own)
      expect(check).toMatchObject({ ok: false, cure: expect.stringContaining('certificate') })
      expect(outcome?.kind).toMatch(/pause|retry/)
    }
    // A reset may overtake the alert that says why.
    const { sink, format } = await open({})
    const again = async () => (await write(sink, batchOf(auditEvents(2), format)))[0]?.kind
    await expect.poll(again).toBe('pause')
    expect(cluster.uids()).toHaveLength(2)
  })

  test('a plain port', async () => {
    const cluster = await start()
    const { check, outcome } = await reach({ brokers: cluster.bootstrap })
    expect(check).toMatchObject({ ok: false, cure: expect.stringContaining('does not speak TLS') })
    expect(outcome?.kind).toBe('pause')
  })

  test('a port that speaks TLS, without it', async () => {
    const cluster = await start({ tls: certificates.server })
    const { check, outcome } = await reach({ brokers: cluster.bootstrap, encryption: 'none' })
    expect(check).toMatchObject({ ok: false, cure: expect.stringContaining('encryption: tls') })
    expect(outcome?.kind).toBe('retry')
  })

  test('a port that answers with a TLS alert', async () => {
    const alert = Buffer.from([0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x28])
    const server = createTcpServer((socket) => socket.once('data', () => socket.end(alert)))
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
    disposal.push(() => server.close())
    const { port } = server.address() as AddressInfo
    const { check, outcome } = await reach({ brokers: [`127.0.0.1:${port}`], encryption: 'none' })
    expect(check).toMatchObject({ ok: false, cure: expect.stringContaining('the port speaks TLS') })
    expect(outcome?.kind).toBe('pause')
  })

  test.each([
    ['tls', 'it may not speak TLS'],
    ['none', 'it may speak TLS'],
  ])('a port that cuts what it does not understand (%s)', async (encryption, says) => {
    const server = createTcpServer((socket) => socket.once('data', () => socket.resetAndDestroy()))
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
    disposal.push(() => server.close())
    const { port } = server.address() as AddressInfo
    const { check, outcome } = await reach({ brokers: [`127.0.0.1:${port}`], encryption })
    expect(check).toMatchObject({ ok: false, cure: expect.stringContaining(says) })
    expect(outcome).toMatchObject({ kind: 'retry', reason: expect.stringContaining(says) })
  })
})

describe('check', () => {
  const plain = { encryption: 'none' }

  test('says what it reached, and writes nothing', async () => {
    const cluster = await start({ partitions: 6, brokers: 3 })
    const { sink } = openSink(definition, { ...plain, brokers: cluster.bootstrap, topic: cluster.topic })
    disposal.push(() => sink.close())
    expect(await sink.check?.(AbortSignal.timeout(PATIENCE_MS))).toEqual({
      ok: true,
      detail: 'topic pulumi-audit: 6 partitions on 3 brokers, all reached; not encrypted, no login',
      cure: '',
    })
    expect(cluster.requests).not.toContain('Produce')
    await expect.poll(() => cluster.open()).toBe(0)
  })

  test('the topic is missing', async () => {
    const cluster = await start({ topic: 'another' })
    const { check, outcome } = await reach({ ...plain, brokers: cluster.bootstrap })
    expect(check).toMatchObject({ ok: false, cure: expect.stringContaining('create the topic') })
    expect(outcome).toMatchObject({ kind: 'pause', reason: expect.stringContaining('create the topic') })
  })

  test('no right to write', async () => {
    const cluster = await start({ mayWrite: false })
    const { check, outcome } = await reach({ ...plain, brokers: cluster.bootstrap })
    expect(check).toMatchObject({ ok: false, cure: expect.stringContaining('Write') })
    expect(outcome?.kind).toBe('pause')
  })

  test('reports what would pause a write, and how to fix it', async () => {
    const noIds = await start({ idempotence: false })
    const clear = await start()
    const secured = await start({ tls: certificates.server })
    for (const options of [
      { ...plain, brokers: ['kafka.invalid:9092'] },
      { ...plain, brokers: noIds.bootstrap },
      { brokers: clear.bootstrap },
      { brokers: secured.bootstrap },
    ]) {
      const { check, outcome } = await reach(options)
      expect(check?.cure).not.toBe('')
      expect(outcome).toMatchObject({ kind: 'pause', reason: expect.stringContaining(`; ${check?.cure}`) })
    }
  })

  test('no producer ids', async () => {
    const cluster = await start({ idempotence: false })
    const { check } = await reach({ ...plain, brokers: cluster.bootstrap })
    expect(check).toMatchObject({ ok: false, cure: expect.stringContaining('idempotent: false') })
  })

  test('a broker advertises an address that cannot be reached from here', async () => {
    const gone = await startKafkaCluster()
    await gone.stop()
    const port = Number(gone.bootstrap[0]?.split(':')[1])
    for (const advertised of [
      { host: '127.0.0.1', port },
      { host: 'broker.invalid', port: 9092 },
    ]) {
      const cluster = await start({ brokers: 2, partitions: 2, advertised })
      const { check } = await reach({ ...plain, brokers: cluster.bootstrap.slice(0, 1) })
      expect(check).toMatchObject({ ok: false, cure: expect.stringContaining('advertised.listeners') })
    }
  })

  test('nobody listens, an unknown host, a port that is silent', async () => {
    const gone = await startKafkaCluster()
    await gone.stop()
    const refused = await reach({ ...plain, brokers: gone.bootstrap })
    expect(refused.check).toMatchObject({ ok: false, cure: expect.stringContaining('hosts and ports') })
    const unknown = await reach({ ...plain, brokers: ['kafka.invalid:9092'] })
    expect(unknown.check).toMatchObject({ ok: false, cure: expect.stringContaining('host names') })
    const mute = createTcpServer(() => undefined).listen(0, '127.0.0.1')
    await new Promise((resolve) => mute.once('listening', resolve))
    disposal.push(() => mute.close())
    const silent = await reach({
      ...plain,
      timeout: '1s',
      brokers: [`127.0.0.1:${(mute.address() as AddressInfo).port}`],
    })
    expect(silent.check).toMatchObject({ ok: false, cure: expect.stringMatching(/port in `brokers`/) })
    expect(silent.outcome?.kind).toBe('retry')
  })
})
