import { X509Certificate } from 'node:crypto'
import { afterEach, expect, test } from 'vitest'
import type { Sink } from '../../../src/connector.ts'
import { deliver } from '../../../test/conformance/deliver.ts'
import {
  type ElasticEmulator,
  type ElasticOptions,
  startElasticEmulator,
} from '../../../test/emulators/elasticsearch/cluster.ts'
import { createCertificates } from '../../../test/emulators/splunk-hec/certificates.ts'
import { batch, noSignal, openSink } from './fixtures/rig.ts'
import { definition } from './index.ts'

const open: { stop(): Promise<void> }[] = []

afterEach(async () => {
  for (const it of open.splice(0)) await it.stop()
})

async function start(
  emulatorOptions: ElasticOptions = {},
  options: Record<string, unknown> = {},
  now?: () => number,
): Promise<{ emulator: ElasticEmulator; sink: Sink }> {
  const emulator = await startElasticEmulator(emulatorOptions)
  const sink = openSink(emulator, options, now)
  open.push({ stop: () => sink.close() }, emulator)
  return { emulator, sink }
}

const kinds = async (sink: Sink, of = batch(3)) => (await sink.write(of, noSignal)).map(({ kind }) => kind)
const all = (kind: string, count = 3) => Array(count).fill(kind)

test('documents in the data stream, each with the uid as its id', async () => {
  const { emulator, sink } = await start()
  const written = batch(3)
  expect(await kinds(sink, written)).toEqual(all('delivered'))
  for (const { uid, payload } of written.events) {
    const document = emulator.documents.get(uid)
    expect(document?.index).toBe('logs-pulumi.audit-default')
    expect(document?.source).toEqual(JSON.parse(Buffer.from(payload).toString()))
  }
  expect(emulator.requests[0]?.headers).toMatchObject({
    'content-type': 'application/x-ndjson',
    'content-encoding': 'gzip',
    'user-agent': 'auditferry/0.0.0',
  })
})

test.each(definition.formats)('format %s is accepted by a data stream', async (format) => {
  const { emulator, sink } = await start({}, { format, compression: 'none' })
  expect(await kinds(sink, batch(6, format))).toEqual(all('delivered', 6))
  expect(emulator.documents.size).toBe(6)
})

test('a document that exists already counts as delivered and stays as it is', async () => {
  const { emulator, sink } = await start()
  await sink.write(batch(2), noSignal)
  expect(await kinds(sink, batch(4))).toEqual(all('delivered', 4))
  expect(emulator.documents.size).toBe(4)
})

test.each([
  [400, 'document_parsing_exception', 'rejected'],
  [429, 'es_rejected_execution_exception', 'retry'],
  [503, 'unavailable_shards_exception', 'retry'],
  [403, 'cluster_block_exception', 'pause'],
] as const)('%i %s concerns only its own document: %s', async (status, type, kind) => {
  const written = batch(5)
  const guilty = written.events[2]?.uid
  const { emulator, sink } = await start({
    rules: { fault: (id) => (id === guilty ? [status, type, 'because'] : undefined) },
  })
  expect(await kinds(sink, written)).toEqual(['delivered', 'delivered', kind, 'delivered', 'delivered'])
  expect(emulator.documents.size).toBe(4)
})

test('a document in the failure store is a dead letter, not a success', async () => {
  const written = batch(3)
  const guilty = written.events[1]?.uid
  const { emulator, sink } = await start({
    rules: {
      failureStore: true,
      fault: (id) => (id === guilty ? [400, 'document_parsing_exception', 'x'] : undefined),
    },
  })
  expect(await kinds(sink, written)).toEqual(['delivered', 'rejected', 'delivered'])
  expect(emulator.failures).toHaveLength(1)
})

test('a batch over the limit of the cluster is halved until it fits', async () => {
  const { emulator, sink } = await start({ rules: { maxContentLength: 5_000 } })
  const { delivered, outcomes } = await deliver(sink, batch(20))
  expect(delivered).toHaveLength(20)
  expect(outcomes.map(({ kind }) => kind)).toContain('split')
  expect(emulator.documents.size).toBe(20)
})

test('a pipeline is passed on, and one that is missing pauses', async () => {
  const { emulator, sink } = await start({ rules: { pipelines: new Set(['geo']) } }, { pipeline: 'geo' })
  expect(await kinds(sink)).toEqual(all('delivered'))
  expect([...emulator.documents.values()][0]?.pipeline).toBe('geo')
  const other = await start({}, { pipeline: 'geo' })
  expect(await kinds(other.sink)).toEqual(all('pause'))
})

test.each([
  ['an index that is not there', { index: 'audit' }, 'elasticsearch'],
  [
    'a plain index where a data stream is required',
    { index: 'logs-x', require_data_stream: true },
    'elasticsearch',
  ],
  ['an option that OpenSearch does not know', { require_data_stream: true }, 'opensearch'],
] as const)('%s pauses', async (_, options, product) => {
  const { emulator, sink } = await start({ product }, options)
  expect(await kinds(sink)).toEqual(all('pause'))
  expect(emulator.documents.size).toBe(0)
})

const key = { id: 'AKIDEMULATED', secret: 'emulated/secret+key' }
const signed = (service: 'es' | 'aoss', more: object = {}) => ({
  type: 'sigv4',
  region: 'eu-west-1',
  service,
  access_key_id: key.id,
  secret_access_key: key.secret,
  ...more,
})

test.each([
  [{ type: 'api_key', api_key: 'a2V5' }, { authorization: 'ApiKey a2V5' }],
  [
    { type: 'basic', username: 'elastic', password: 'pä:ss' },
    { authorization: 'Basic ZWxhc3RpYzpww6Q6c3M=' },
  ],
  [{ type: 'bearer', token: 'abc' }, { authorization: 'Bearer abc' }],
  [signed('es'), { region: 'eu-west-1', service: 'es', key }],
  [signed('aoss'), { region: 'eu-west-1', service: 'aoss', key }],
  [
    signed('es', { session_token: 'session' }),
    { region: 'eu-west-1', service: 'es', key: { ...key, sessionToken: 'session' } },
  ],
])('%j is let in, anything else pauses', async (auth, access) => {
  for (const compression of ['gzip', 'none']) {
    const { sink } = await start({ access }, { auth, compression, pipeline: 'a b/*,' })
    expect(await kinds(sink)).toEqual(all('pause'))
    expect((await sink.write(batch(1), noSignal))[0]).toMatchObject({
      reason: expect.stringMatching(/pipeline/),
    })
  }
  const wrong = {
    ...auth,
    api_key: undefined,
    token: undefined,
    password: undefined,
    secret_access_key: undefined,
  }
  const name =
    Object.keys(wrong).find((it) => it in auth && wrong[it as keyof typeof wrong] === undefined) ?? ''
  const { sink, emulator } = await start({ access }, { auth: { ...auth, [name]: 'wrong' } })
  const [outcome] = await sink.write(batch(1), noSignal)
  expect(outcome).toEqual({ kind: 'pause', reason: expect.stringMatching(/^(401|HTTP 403).*`auth`/) })
  expect(emulator.documents.size).toBe(0)
})

test('keys that are refused are read again, so that a rotated one works without a restart', async () => {
  const access = { region: 'eu-west-1', service: 'es', key: { ...key, secret: 'old' } }
  const { sink } = await start({ access }, { auth: signed('es') })
  expect(await kinds(sink)).toEqual(all('pause'))
  access.key.secret = key.secret
  expect(await kinds(sink)).toEqual(all('delivered'))
})

test('OpenSearch Serverless without ids', async () => {
  const { sink, emulator } = await start(
    {
      product: 'opensearch',
      rules: { customIds: false },
      access: { region: 'eu-west-1', service: 'aoss', key },
    },
    { auth: signed('aoss'), document_ids: false },
  )
  expect(await kinds(sink)).toEqual(all('delivered'))
  expect(emulator.documents.size).toBe(3)
})

test('no address, user or key appears where it does not belong', () => {
  const problems = (options: object) =>
    (definition.config.safeParse({ endpoint: 'https://x', ...options }).error?.issues ?? []).map(({ path }) =>
      path.join('.'),
    )
  expect(problems({})).toEqual([])
  expect(problems({ endpoint: 'https://u:p@x' })).toEqual(['endpoint'])
  expect(problems({ endpoint: 'https://x/?a=b' })).toEqual(['endpoint'])
  expect(problems({ index: 'Logs' })).toEqual(['index'])
  expect(problems({ index: 'a/_bulk' })).toEqual(['index'])
  expect(problems({ document_ids: false })).toEqual(['document_ids'])
  expect(problems({ auth: { type: 'api_key', api_key: 'a\r\nb: c' } })).toEqual(['auth.api_key'])
  expect(problems({ auth: { type: 'sigv4', region: 'x', access_key_id: 'x' } })).toEqual(['auth'])
})

test('a cluster whose CA has the fingerprint is trusted, and no other', async () => {
  const { ca, server } = await createCertificates()
  const tls = { key: server.key, cert: `${server.cert}\n${ca.cert}` }
  const fingerprint = new X509Certificate(ca.cert).fingerprint256
  const trusting = await start({ tls }, { ca_fingerprint: fingerprint })
  expect(await kinds(trusting.sink)).toEqual(all('delivered'))
  const other = fingerprint.replaceAll(/[0-9A-F]/g, '0')
  const wary = await start({ tls }, { ca_fingerprint: other })
  expect(await kinds(wary.sink)).toEqual(all('pause'))
  expect(wary.emulator.documents.size).toBe(0)
})
