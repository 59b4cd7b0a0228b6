import { afterEach, expect, test } from 'vitest'
import { ROLE, startSts, stsRefusal } from '../../../test/conformance/sts.ts'
import { type ElasticOptions, startElasticEmulator } from '../../../test/emulators/elasticsearch/cluster.ts'
import { noSignal, openSink } from './fixtures/rig.ts'

const open: { stop(): Promise<void> }[] = []

afterEach(async () => {
  for (const it of open.splice(0)) await it.stop()
})

async function check(emulatorOptions: ElasticOptions = {}, options: Record<string, unknown> = {}) {
  const emulator = await startElasticEmulator(emulatorOptions)
  const sink = openSink(emulator, options)
  open.push({ stop: async () => sink.close() }, emulator)
  return { emulator, run: () => sink.check?.(noSignal) }
}

test.each([
  [{}, {}, 'may create documents in logs-pulumi.audit-default, which is created with the first event'],
  [{ rules: { indices: new Set(['logs-x']) } }, { index: 'logs-x' }, 'may create documents in logs-x'],
  [
    { privileges: ['create_doc'], rules: { indices: new Set(['logs-x']) } },
    { index: 'logs-x' },
    'may create documents in logs-x',
  ],
  [
    { product: 'opensearch' },
    {},
    'OpenSearch 3.1.0 answers; there is no logs-pulumi.audit-default yet, which is',
  ],
  [{ product: 'opensearch', rules: { indices: new Set(['a']) } }, { index: 'a' }, 'a is there'],
] as const)('%j is fine with %j', async (emulatorOptions, options, detail) => {
  const { run } = await check(emulatorOptions as ElasticOptions, options)
  expect(await run()).toEqual({ ok: true, detail: expect.stringContaining(detail), cure: '' })
})

test.each([
  [
    { privileges: [] },
    {},
    'no privilege create_doc, auto_configure',
    'grant create_doc and auto_configure on',
  ],
  [{ privileges: ['create_doc'] }, {}, 'no privilege auto_configure', 'grant auto_configure on'],
  [{ access: { authorization: 'ApiKey a' } }, {}, '401 security_exception: missing', 'correct `auth`'],
  [
    { access: { authorization: 'ApiKey a' } },
    { auth: { type: 'api_key', api_key: 'another key' } },
    '401 security_exception: unable to authenticate',
    'correct `auth`',
  ],
  [
    { access: { region: 'a', service: 'es', key: { id: 'k', secret: 's' } }, product: 'opensearch' },
    { auth: { type: 'sigv4', region: 'a', access_key_id: 'k', secret_access_key: 'another secret' } },
    'The request signature we calculated does not match',
    'access policy',
  ],
] as const)('%j: %s', async (emulatorOptions, options, detail, cure) => {
  const { run } = await check(emulatorOptions as ElasticOptions, options)
  expect(await run()).toEqual({
    ok: false,
    detail: expect.stringContaining(detail),
    cure: expect.stringContaining(cure),
  })
})

test('another kind of server is recognised', async () => {
  const { emulator, run } = await check()
  emulator.fail({ status: 404, body: '<html>' }, 3)
  expect(await run()).toMatchObject({ ok: false, cure: expect.stringContaining('neither Elasticsearch nor') })
})

test('a portal that says yes to everything is no cluster', async () => {
  const { emulator, run } = await check()
  emulator.fail({ status: 200, body: '<html>Sign in</html>' }, 3)
  expect(await run()).toMatchObject({ ok: false, cure: expect.stringContaining('neither Elasticsearch nor') })
})

test('a role that STS refuses is cured by a permission of its own', async () => {
  const key = { access_key_id: 'k', secret_access_key: 's' }
  const { run } = await check({}, { auth: { type: 'sigv4', region: 'a', ...key, role_arn: ROLE } })
  await startSts(() => stsRefusal(403, 'AccessDenied'))
  expect(await run()).toMatchObject({
    ok: false,
    cure: expect.stringContaining('sts:AssumeRole on `role_arn`'),
  })
})

test('a user that may only write is not called wrong', async () => {
  const { emulator, run } = await check()
  emulator.fail({ status: 403 }, 2)
  expect(await run()).toMatchObject({ ok: true, detail: expect.stringContaining('check --send') })
})

test('where nobody listens, check names host and port', async () => {
  const { emulator, run } = await check()
  await emulator.stop()
  expect(await run()).toMatchObject({ ok: false, cure: expect.stringContaining('check host and port') })
  await open.shift()?.stop()
  open.length = 0
})
