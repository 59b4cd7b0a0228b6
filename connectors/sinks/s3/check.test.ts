import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { startFaultyServer } from '../../../test/emulators/faulty-server.ts'
import {
  type S3Emulator,
  type S3EmulatorOptions,
  startS3Emulator,
} from '../../../test/emulators/s3/emulator.ts'
import { createCertificates } from '../../../test/emulators/splunk-hec/certificates.ts'
import { config } from './config.ts'
import { batchOf, calm, eventAt, NINE, openSink } from './fixtures/rig.ts'
import { cureOf } from './outcome.ts'

let emulator: S3Emulator
const start = async (options: S3EmulatorOptions) => {
  await emulator.stop()
  emulator = await startS3Emulator(options)
}

async function check(options: Record<string, unknown> = {}) {
  const sink = openSink({ ...emulator.options, ...options })
  const result = await sink.check?.(calm)
  await sink.close()
  return result
}

beforeEach(async () => {
  emulator = await startS3Emulator()
})
afterEach(() => emulator.stop())

test('a reachable bucket costs one request and changes nothing', async () => {
  expect(await check()).toEqual({ ok: true, detail: 'bucket acme-audit answers', cure: '' })
  expect(emulator.requests).toHaveLength(1)
  expect(emulator.objects.size).toBe(0)
})

test('the page of a portal is no bucket', async () => {
  const page = { status: 200, body: '<html><body>Sign in</body></html>' }
  const portal = await startFaultyServer(
    () => page,
    () => '',
  )
  const endpoint = portal.url
  expect(await check({ endpoint })).toMatchObject({
    ok: false,
    detail: expect.stringContaining('not from S3'),
    cure: expect.stringContaining('compare `endpoint`'),
  })
  await portal.stop()
})

describe('whatever is wrong is named with its cure', () => {
  test.each([
    ['a missing bucket', { bucket: 'nobody' }, 'bucket nobody: NoSuchBucket, HTTP 404', 'create the bucket'],
    ['a wrong secret', { secret_access_key: 'wrong-secret' }, 'SignatureDoesNotMatch', 'secret_access_key'],
    ['an unknown key', { access_key_id: 'AKNOBODY' }, 'InvalidAccessKeyId', 'access_key_id'],
    ['another region', { region: 'us-west-2' }, 'AuthorizationHeaderMalformed', 'eu-west-1'],
    [
      'another owner',
      { storage: { expected_bucket_owner: '999999999999' } },
      'AccessDenied',
      'expected_bucket',
    ],
    ['an unknown host', { endpoint: 'http://nowhere.invalid' }, 'nowhere.invalid', 'host name in `endpoint`'],
  ])('%s', async (_, options, detail, cure) => {
    const result = await check(options)
    expect(result).toEqual({
      ok: false,
      detail: expect.stringContaining(detail),
      cure: expect.stringContaining(cure),
    })
    expect(JSON.stringify(result)).not.toContain('wrong-secret')
  })

  test.each([
    ['acme-audit.s3.eu-nowhere-1.amazonaws.com', 'correct `region`'],
    ['sts.eu-nowhere-1.amazonaws.com', 'correct `region`'],
    ['acme-audit.bucket.vpce-1.s3.eu-west-1.vpce.amazonaws.com', 'host name in `endpoint`'],
  ])('the unknown host %s', (host, cure) => {
    expect(cureOf(new Error(`getaddrinfo ENOTFOUND ${host}`))).toContain(cure)
  })

  test('a missing permission', async () => {
    emulator.rules.denied.add('s3:ListBucket')
    expect(await check()).toMatchObject({
      detail: 'bucket acme-audit: AccessDenied, HTTP 403: Access Denied',
      cure: expect.stringContaining('s3:ListBucket'),
    })
  })

  test('a bucket in another region', async () => {
    await start({ rules: { region: 'ap-south-1' } })
    expect(await check()).toMatchObject({ cure: 'set `region` to the region of the bucket: ap-south-1' })
  })

  test('a clock that is off by an hour', async () => {
    await start({ rules: { now: () => Date.now() + 3_600_000 } })
    const result = await check()
    expect(result).toMatchObject({ ok: false, cure: expect.stringContaining('clock') })
  })
})

describe('http and https mixed up', () => {
  test.each(['http', 'https'])('%s:// instead of the other', async (scheme) => {
    const { server } = await createCertificates()
    await start(scheme === 'http' ? { tls: server } : {})
    const endpoint = emulator.url.replace(/^https?/, scheme)
    const right = scheme === 'http' ? 'https' : 'http'
    expect(await check({ endpoint })).toMatchObject({
      ok: false,
      cure: expect.stringMatching(new RegExp(`^.*\`endpoint\`.* TLS .* begins with ${right}://$`)),
    })
  })

  test('a server that answers it with 400 in its own words', async () => {
    const server = createServer((_, response) => {
      response.writeHead(400, { 'content-type': 'text/plain' })
      response.end('Client sent an HTTP request to an HTTPS server.\n')
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as AddressInfo
    const result = await check({ endpoint: `http://127.0.0.1:${port}` })
    expect(result).toMatchObject({ ok: false, cure: expect.stringMatching(/ begins with https:\/\/$/) })
    server.close()
  })

  test('a certificate of an unknown authority', async () => {
    const { server } = await createCertificates()
    await start({ tls: server })
    const cure = expect.stringContaining('`tls.ca_file`')
    expect(await check({ endpoint: emulator.url })).toMatchObject({ ok: false, cure })
  })

  test('a write says it too', async () => {
    const sink = openSink({ ...emulator.options, endpoint: emulator.url.replace('http', 'https') })
    expect(await sink.write(batchOf([eventAt(NINE)]), calm)).toMatchObject([
      { kind: 'pause', reason: expect.stringMatching(/no TLS is spoken there: .* begins with http:\/\/$/) },
    ])
    await sink.close()
  })
})

describe('options', () => {
  const wrong = (options: Record<string, unknown>) =>
    config
      .safeParse({ bucket: 'b', ...options })
      .error?.issues.map((it) => `${it.path.join('.')}: ${it.message}`)

  test.each([
    [{ bucket: 's3://audit/pulumi' }, 'bucket: expected a name alone, no s3:// and no path'],
    [{ prefix: 'a/../b' }, 'prefix: may not hold . or ..'],
    [{ access_key_id: 'AK' }, ': access_key_id and secret_access_key belong together: give both or neither'],
    [{ session_token: 't' }, 'session_token: needs access_key_id and secret_access_key'],
    [{ external_id: 'acme' }, 'external_id: needs role_arn'],
    [{ role_arn: 'auditor' }, 'role_arn: expected arn:aws:iam::<account>:role/<name>'],
    [
      { storage: { object_lock: 'governance' } },
      'storage: object_lock and retain_for belong together: give both or neither',
    ],
    [{ storage: { expected_bucket_owner: 'acme' } }, /account id of 12 digits/],
    [
      { storage: { object_lock: 'governance', retain_for: '36501d' } },
      'storage.retain_for: must be at most 36500d',
    ],
    [
      { manifest: { signing_key_file: import.meta.filename } },
      /^manifest\.signing_key_file: expected a private key of Ed25519 in PEM/,
    ],
  ])('%j is refused', (options, message) => {
    expect(wrong(options)).toEqual([typeof message === 'string' ? message : expect.stringMatching(message)])
  })

  test('a bucket is enough', () => {
    expect(config.parse({ bucket: 'b' })).toEqual({
      bucket: 'b',
      force_path_style: false,
      integrity: 'none',
      prefix: '',
      layout: 'hive',
      compression: 'gzip',
      conditional_writes: true,
      storage: {},
    })
  })
})

describe('credentials', () => {
  const role = { arn: 'arn:aws:iam::111122223333:role/writer', externalId: 'acme-7' }
  beforeEach(async () => {
    await start({ role })
    // The SDK's own way to send STS elsewhere.
    vi.stubEnv('AWS_ENDPOINT_URL_STS', emulator.url)
  })
  afterEach(() => {
    vi.unstubAllEnvs()
  })

  test('a role without a region gets that of compatible stores', async () => {
    await start({ role, region: 'us-east-1' })
    vi.stubEnv('AWS_ENDPOINT_URL_STS', emulator.url)
    vi.stubEnv('AWS_REGION', undefined)
    vi.stubEnv('AWS_CONFIG_FILE', '/dev/null')
    const outcomes = await write({ region: undefined, role_arn: role.arn, external_id: role.externalId })
    expect(outcomes).toEqual([{ kind: 'delivered' }, { kind: 'delivered' }])
  })

  const write = async (options: Record<string, unknown>) => {
    const sink = openSink({ ...emulator.options, ...options })
    const first = await sink.write(batchOf([eventAt(NINE)]), calm)
    const second = await sink.write(batchOf([eventAt(NINE, 1)]), calm)
    await sink.close()
    return [...first, ...second]
  }

  test('a role is assumed once with its external id', async () => {
    const outcomes = await write({ role_arn: role.arn, external_id: role.externalId })
    expect(outcomes).toEqual([{ kind: 'delivered' }, { kind: 'delivered' }])
    expect(emulator.requests.filter((it) => it.startsWith('POST'))).toHaveLength(1)
    expect([...emulator.objects.values()][0]?.headers['x-amz-security-token']).toBe(
      'session/auditferry-archive',
    )
  })

  test('a role that is refused pauses', async () => {
    const [outcome] = await write({ role_arn: role.arn, external_id: 'wrong' })
    expect(outcome).toMatchObject({ kind: 'pause', reason: expect.stringContaining('sts:AssumeRole') })
    expect(outcome).toMatchObject({
      reason: expect.stringMatching(/on `role_arn`, and let the trust policy/),
    })
    expect(outcome).not.toMatchObject({ reason: expect.stringContaining('s3:PutObject') })
    expect(emulator.objects.size).toBe(0)
  })

  test('a role that STS does not answer for blames STS, not the store', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL_STS', 'http://127.0.0.1:9')
    const options = { role_arn: role.arn, external_id: role.externalId }
    const reason = expect.stringMatching(/; STS, which `role_arn` needs, does not answer/)
    expect((await write(options))[0]).toMatchObject({ kind: 'retry', reason })
    const sink = openSink({ ...emulator.options, ...options })
    expect(await sink.check?.(calm)).toMatchObject({ ok: false, cure: expect.stringMatching(/^STS, /) })
    await sink.close()
  })

  test('the AWS chain is used if the options name no key', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', emulator.key.id)
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', emulator.key.secret)
    const outcomes = await write({ access_key_id: undefined, secret_access_key: undefined })
    expect(outcomes.map((it) => it.kind)).toEqual(['delivered', 'delivered'])
  })

  test('a chain that finds nothing pauses', async () => {
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true')
    for (const name of ['AWS_SHARED_CREDENTIALS_FILE', 'AWS_CONFIG_FILE']) vi.stubEnv(name, '/dev/null')
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) vi.stubEnv(name, undefined)
    const [outcome] = await write({ access_key_id: undefined, secret_access_key: undefined })
    expect(outcome).toMatchObject({ kind: 'pause', reason: expect.stringContaining('set `access_key_id`') })
  })

  test('a rotated key is read again after a refusal: its id and its secret', async () => {
    const { Secret } = await import('../../../src/lib/secret.ts')
    let [id, secret] = ['AKIAOLD', 'old']
    const sink = openSink({
      ...emulator.options,
      access_key_id: new Secret(() => id),
      secret_access_key: new Secret(() => secret),
    })
    expect(await sink.write(batchOf([eventAt(NINE)]), calm)).toMatchObject([{ kind: 'pause' }])
    id = emulator.key.id
    secret = emulator.key.secret
    expect(await sink.write(batchOf([eventAt(NINE)]), calm)).toEqual([{ kind: 'delivered' }])
    await sink.close()
  })
})
