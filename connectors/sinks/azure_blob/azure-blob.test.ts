import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { auditEvents, batchOf } from '../../../test/conformance/batches.ts'
import { expectHoursOnce } from '../../../test/conformance/objects-once.ts'
import { checkOnce, writeOnce } from '../../../test/conformance/once.ts'
import { openSink } from '../../../test/conformance/open-sink.ts'
import { type BlobEmulator, startBlobEmulator } from '../../../test/emulators/azure-blob/emulator.ts'
import { type ErrorCode, errorOf, faultOf } from '../../../test/emulators/azure-blob/errors.ts'
import { ENTRA_AUTH, entraAnswer } from '../../../test/emulators/entra/entra.ts'
import { startIntake } from '../../../test/emulators/intake/intake.ts'
import { createCertificates } from '../../../test/emulators/splunk-hec/certificates.ts'
import { tempFolder } from '../../../test/engine/temp-folder.ts'
import { config } from './config.ts'
import { accessOf, blobPath, endpointOf, sharedKey } from './encode.ts'
import { definition } from './index.ts'

const calm = new AbortController().signal
let emulator: BlobEmulator
const optionsOf = ({ account, url }: BlobEmulator) => ({
  ...{ account: account.name, container: account.container, endpoint: url },
  auth: { type: 'shared_key', account_key: account.key } as object,
})
const open = (options: Record<string, unknown> = {}, now?: () => number) =>
  openSink(definition, { ...optionsOf(emulator), ...options }, now)

const write = async (options?: Record<string, unknown>, now?: () => number) =>
  (await writeOnce(open(options, now)))[0]
const check = (options: Record<string, unknown> = {}) => checkOnce(open(options))

const sas = (fields?: Parameters<BlobEmulator['sas']>[0]) => ({
  auth: { type: 'sas', sas_token: `?${emulator.sas(fields)}` },
})

beforeEach(async () => {
  emulator = await startBlobEmulator()
})
afterEach(() => emulator.stop())

describe('blobs', () => {
  test.each(['gzip', 'zstd', 'none'])(
    '%s: one per hour, stored once, however often it is written',
    async (compression) => {
      await expectHoursOnce(open({ compression, prefix: "a b/é'(1)!" }), emulator.objects)
      expect([...emulator.objects.keys()][0]).toMatch(
        /^a%20b\/%C3%A9'\(1\)!\/org=acme\/dt=2026-11-22\/hour=2[23]\//,
      )
    },
  )

  // After the loss of a state, or by a replay from the source, events are written again with another `observedAt`.
  test('a blob with the same events counts, even if its bytes differ, and stays as it is', async () => {
    const { sink, format } = open()
    const batch = batchOf(auditEvents(3), format)
    await sink.write(batch, calm)
    const [stored] = [...emulator.objects.values()]
    const later = auditEvents(3).map((event) => ({ ...event, observedAt: event.observedAt + 60_000 }))
    expect(await sink.write(batchOf(later, format), calm)).toEqual(Array(3).fill({ kind: 'delivered' }))
    expect([...emulator.objects.values()]).toEqual([stored])
    await sink.close()
  })

  test('a blob stored with another digest than was sent counts for nothing until it is deleted', async () => {
    const { sink, format } = open()
    const batch = batchOf(auditEvents(1), format)
    const other = { etag: '"0x1"', 'content-md5': 'CY9rzUYh03PK3k6DJie09g==' }
    emulator.fail({ status: 201, headers: other, body: '' }, 1)
    expect(await sink.write(batch, calm)).toMatchObject([{ kind: 'retry' }])
    for (let i = 0; i < 2; i++) {
      emulator.fail(faultOf('BlobAlreadyExists'), 1)
      emulator.fail({ status: 200, headers: other, body: '' }, 1)
      expect(await sink.write(batch, calm)).toMatchObject([
        { kind: 'pause', reason: expect.stringMatching(/exists, with other bytes .*; delete or move it/) },
      ])
    }
    expect(await sink.write(batch, calm)).toEqual([{ kind: 'delivered' }])
    expect(await sink.write(batch, calm)).toEqual([{ kind: 'delivered' }])
    await sink.close()
  })

  test.each([
    ['says that it exists, too', faultOf('BlobAlreadyExists')],
    ['does not know the request', { status: 405, body: '' }],
    ['has no digest', { status: 200, headers: { etag: '"0x1"' }, body: '' }],
  ])('a blob that Azure says exists counts if the caller %s', async (_, found) => {
    emulator.fail(faultOf('BlobAlreadyExists'), 1)
    emulator.fail(found, 1)
    expect(await write()).toEqual({ kind: 'delivered' })
  })

  test('a container that changes nothing takes a repetition, too', async () => {
    emulator.immutable = true
    expect(await write()).toEqual({ kind: 'delivered' })
    expect(await write()).toEqual({ kind: 'delivered' })
    expect(emulator.objects.size).toBe(1)
  })

  test('a signature that may create but not replace accepts a repetition, too', async () => {
    expect(await write(sas({ permissions: 'rc' }))).toEqual({ kind: 'delivered' })
    expect(await write(sas({ permissions: 'rc' }))).toEqual({ kind: 'delivered' })
    expect(emulator.requests.slice(-2).map((it) => it.split(' ')[0])).toEqual(['PUT', 'HEAD'])
    emulator.fail(faultOf('UnauthorizedBlobOverwrite'), 1)
    expect(await write()).toEqual({ kind: 'delivered' })
  })

  test('a caller without read permission learns what to grant, and loses nothing', async () => {
    await write()
    emulator.denied.add('read')
    expect(await write()).toMatchObject({
      kind: 'pause',
      reason: expect.stringMatching(/^HTTP 403: AuthorizationPermissionMismatch;.*create and read/),
    })
  })
})

describe('who makes the request', () => {
  test.each<[string, () => Record<string, unknown>]>([
    ['shared key', () => ({})],
    ['a signature', () => sas()],
    [
      'a connection string with a key',
      () =>
        connection(`AccountName=acmeaudit;AccountKey=${emulator.account.key};BlobEndpoint=${emulator.url}/`),
    ],
    [
      'a connection string with a signature',
      () => connection(`BlobEndpoint=${emulator.url};SharedAccessSignature=${emulator.sas()}`),
    ],
  ])('%s', async (_, options) => {
    expect(await check(options())).toEqual({
      ok: true,
      detail: 'container pulumi-audit takes blobs',
      cure: '',
    })
    expect(emulator.objects.size).toBe(0)
    expect(await write(options())).toEqual({ kind: 'delivered' })
    expect(await write(options())).toEqual({ kind: 'delivered' })
  })

  const connection = (text: string) => ({
    ...{ account: undefined, endpoint: undefined },
    auth: { type: 'connection_string', connection_string: text },
  })

  test('an account in the path', async () => {
    await emulator.stop()
    emulator = await startBlobEmulator({ pathStyle: true })
    expect(await write()).toEqual({ kind: 'delivered' })
  })

  describe('Entra', () => {
    async function withEntra(auth: object, scope = 'https://storage.azure.com/.default') {
      const { ca, server } = await createCertificates()
      const caFile = join(tempFolder(), 'ca.pem')
      writeFileSync(caFile, ca.cert)
      const entra = await startIntake((request) => entraAnswer(request, scope), { tls: server })
      const { sink, format } = open({ authority: entra.url, tls: { ca_file: caFile }, auth })
      const batch = batchOf(auditEvents(1), format)
      const results = [await sink.check?.(calm), (await sink.write(batch, calm))[0]]
      await sink.close()
      await entra.stop()
      return { results, asked: entra.requests.filter(({ path }) => path.endsWith('/token')).length }
    }

    test('one token serves check and writes', async () => {
      const { results, asked } = await withEntra(ENTRA_AUTH)
      expect(results).toEqual([expect.objectContaining({ ok: true }), { kind: 'delivered' }])
      expect(asked).toBe(1)
    })

    test('a token that Azure refuses is not sent again', async () => {
      emulator.fail({ status: 401 }, 1)
      const { results, asked } = await withEntra(ENTRA_AUTH)
      expect(results).toEqual([expect.objectContaining({ ok: false }), { kind: 'delivered' }])
      expect(asked).toBe(2)
    })

    test('a wrong secret pauses, and is named but not shown', async () => {
      const { results } = await withEntra({ ...ENTRA_AUTH, client_secret: 'hunter2-hunter2' })
      expect(results).toEqual([
        expect.objectContaining({ ok: false, cure: expect.stringContaining('client_secret') }),
        { kind: 'pause', reason: expect.stringContaining('AADSTS7000215') },
      ])
      expect(JSON.stringify(results)).not.toContain('hunter2')
      expect(emulator.objects.size).toBe(0)
    })
  })

  test.each<[string, () => Record<string, unknown>, RegExp, RegExp]>([
    ['another key', () => key('b3RoZXIga2V5'), /AuthenticationFailed/, /renew the key/],
    ['another account', () => ({ account: 'somebody' }), /AuthenticationFailed/, /compare `account`/],
    ['a signature that ended', () => sas({ expiresAt: 0 }), /AuthenticationFailed/, /signature/],
    [
      'a signature that may not create',
      () => sas({ permissions: 'r' }),
      /create.*Mismatch/,
      /create and read/,
    ],
    ['a signature that may not read', () => sas({ permissions: 'c' }), /read.*Mismatch/, /create and read/],
    ['a missing container', () => ({ container: 'nobody' }), /ContainerNotFound/, /create the container/],
    ['no server', () => ({ endpoint: 'http://127.0.0.1:9' }), /ECONNREFUSED/, /host and port/],
    [
      'an unknown account',
      () => ({ endpoint: undefined, account: 'nowherenowhere' }),
      /nowherenowhere\.blob/,
      /`account`/,
    ],
    ['an unknown host', () => ({ endpoint: 'http://nowhere.invalid' }), /nowhere/, /host name/],
  ])('%s: check names the cure', async (_, options, detail, cure) => {
    const result = await check(options())
    expect(result).toEqual({
      ok: false,
      detail: expect.stringMatching(detail),
      cure: expect.stringMatching(cure),
    })
    expect(emulator.objects.size).toBe(0)
  })

  const key = (account_key: string) => ({ auth: { type: 'shared_key', account_key } })

  test('a clock that is off by an hour', async () => {
    expect(await write({}, () => Date.now() + 3_600_000)).toMatchObject({
      kind: 'pause',
      reason: expect.stringContaining('NTP'),
    })
  })

  test('a signature that is over: its end is told', async () => {
    const { status, body } = errorOf('AuthenticationFailed')
    const detail =
      'Signature not valid in the specified time frame: Start [Sun, 22 Nov 2026 20:00:00 GMT] - Expiry [Sun, 22 Nov 2026 21:00:00 GMT]'
    emulator.fail({ status, body: `${body}`.replace('The MAC signature is not the same.', detail) }, 1)
    expect(await write(sas())).toMatchObject({
      kind: 'pause',
      reason: expect.stringContaining(`AuthenticationFailed: ${detail}; renew`),
    })
  })

  test('nothing of a signature is shown', async () => {
    const options = sas()
    const sig = new URLSearchParams(options.auth.sas_token).get('sig') ?? ''
    for (const text of [sig, encodeURIComponent(sig), options.auth.sas_token.slice(1)]) {
      emulator.fail({ status: 403, body: `signature ${text} is wrong` }, 1)
      const outcome = await write(options)
      expect(outcome).toMatchObject({ reason: expect.stringContaining('[secret]') })
      expect(JSON.stringify(outcome)).not.toContain(text)
    }
  })
})

describe('what an answer means', () => {
  test.each<[ErrorCode, string, RegExp?]>([
    ['ServerBusy', 'retry'],
    ['InternalError', 'retry'],
    ['OperationTimedOut', 'retry'],
    ['AccountBeingCreated', 'retry'],
    ['Md5Mismatch', 'retry'],
    ['Crc64Mismatch', 'retry'],
    ['RequestBodyTooLarge', 'split'],
    ['AccountIsDisabled', 'pause', /enable the storage account/],
    ['AccountRequiresHttps', 'pause', /https/],
    ['AuthenticationFailed', 'pause', /renew the key/],
    ['AuthorizationFailure', 'pause', /firewall/],
    ['AuthorizationPermissionMismatch', 'pause', /Blob Data Contributor/],
    ['AuthorizationProtocolMismatch', 'pause', /https/],
    ['AuthorizationSourceIPMismatch', 'pause', /addresses/],
    ['ContainerBeingDeleted', 'pause', /create it again/],
    ['ContainerDisabled', 'pause', /enable the container/],
    ['ContainerNotFound', 'pause', /create the container/],
    ['FeatureVersionMismatch', 'pause', /prefix/],
    ['InsufficientAccountPermissions', 'pause', /Blob Data Contributor/],
    ['InvalidAuthenticationInfo', 'pause', /audience/],
    ['InvalidBlobOrBlock', 'pause', /prefix/],
    ['InvalidBlobType', 'pause', /prefix/],
    ['InvalidHeaderValue', 'pause'],
    ['InvalidResourceName', 'pause', /container/],
    ['KeyBasedAuthenticationNotPermitted', 'pause', /Entra/],
    ['NoAuthenticationInformation', 'pause', /auth/],
    ['OutOfRangeInput', 'pause'],
    ['PublicAccessNotPermitted', 'pause', /auth/],
    ['UnauthorizedBlobOverwrite', 'pause', /create and read/],
    ['ResourceNotFound', 'pause', /portal/],
    ['UnsupportedHttpVerb', 'pause'],
  ])('%s: %s', async (code, kind, cure = /./) => {
    for (const bare of [false, true]) {
      emulator.fail(faultOf(code, bare), 1)
      const outcome = await write()
      expect(outcome).toMatchObject({ kind, reason: expect.stringMatching(cure) })
      expect(outcome).toMatchObject({
        reason: expect.stringMatching(new RegExp(`^HTTP \\d{3}: ${code}: \\w`)),
      })
      expect(JSON.stringify(outcome)).not.toMatch(/RequestId|MAC signature/)
      expect(emulator.objects.size).toBe(0)
    }
  })

  test.each<ErrorCode>([
    'BlobAlreadyExists',
    'BlobImmutableDueToPolicy',
    'ConditionNotMet',
    'LeaseIdMissing',
  ])('%s: delivered if the blob is there and the same, otherwise written again', async (code) => {
    emulator.fail(faultOf(code), 1)
    expect(await write()).toMatchObject({ kind: 'retry' })
    await write()
    emulator.fail(faultOf(code), 1)
    expect(await write()).toEqual({ kind: 'delivered' })
  })

  test.each([
    [200, 'retry'],
    [202, 'retry'],
    [301, 'pause'],
    [307, 'pause'],
    [400, 'pause'],
    [401, 'pause'],
    [403, 'pause'],
    [404, 'pause'],
    [405, 'pause'],
    [407, 'pause'],
    [408, 'retry'],
    [409, 'pause'],
    [410, 'pause'],
    [412, 'pause'],
    [413, 'split'],
    [418, 'pause'],
    [425, 'retry'],
    [429, 'retry'],
    [500, 'retry'],
    [502, 'retry'],
    [503, 'retry'],
    [504, 'retry'],
  ] as const)('%i without a code: %s', async (status, kind) => {
    for (const body of ['', '<html>busy</html>', '{"code":1}']) {
      emulator.fail({ status, body }, 1)
      expect([body, (await write())?.kind]).toEqual([body, kind])
    }
  })

  test('Retry-After is passed on, also together with a code', async () => {
    const { status, body } = faultOf('ServerBusy') as { status: number; body: string }
    emulator.fail({ status, body, headers: { 'retry-after': '7' } }, 1)
    expect(await write()).toMatchObject({ kind: 'retry', afterMs: 7000 })
  })

  test.each([
    ['no ETag', {}],
    ['the digest of other bytes', { etag: '"0x1"', 'content-md5': 'CY9rzUYh03PK3k6DJie09g==' }],
  ])('a 201 with %s proves nothing', async (_, headers) => {
    emulator.fail({ status: 201, headers, body: '' }, 1)
    expect(await write()).toMatchObject({ kind: 'retry' })
  })
})

describe('options', () => {
  test.each([
    [{ account: undefined }, 'account', /connection string/],
    [{ account: 'https://x' }, 'account', /small letters/],
    [{ container: 'a/b' }, 'container', /a name alone/],
    [{ container: 'c' }, 'container', /3 to 63 small letters and digits/],
    [{ prefix: '../x' }, 'prefix', /may not hold/],
    [{ authority: 'x' }, 'authority', /an absolute URL/],
    [{ auth: { type: 'shared_key', account_key: 'no base64!' } }, 'auth.account_key', /Base64/],
    [{ auth: { type: 'sas', sas_token: 'https://x' } }, 'auth.sas_token', /sv=/],
    [
      { auth: { type: 'connection_string', connection_string: 'x' } },
      'auth.connection_string',
      /AccountName/,
    ],
  ])('%j is refused', (options, path, message) => {
    const { error } = config.safeParse({ ...optionsOf(emulator), ...options })
    expect(error?.issues.map((it) => [it.path.join('.'), it.message])).toEqual([
      [path, expect.stringMatching(message)],
    ])
  })

  test.each([
    [
      'AccountName=acme;AccountKey=a2V5;EndpointSuffix=core.chinacloudapi.cn',
      'https://acme.blob.core.chinacloudapi.cn',
    ],
    ['DefaultEndpointsProtocol=http;AccountName=acme;AccountKey=a2V5', 'http://acme.blob.core.windows.net'],
    [
      'AccountName=acme;AccountKey=a2V5;BlobEndpoint=http://127.0.0.1:10000/acme;',
      'http://127.0.0.1:10000/acme',
    ],
    ['BlobEndpoint=https://x.example/;SharedAccessSignature=?sv=1&sig=a%3D', 'https://x.example'],
    ['BlobEndpoint=https://x.example/', undefined],
    ['BlobEndpoint=nowhere;SharedAccessSignature=sv=1&sig=a', undefined],
    ['AccountName=acme;AccountKey=', undefined],
    ['AccountKey=a2V5', undefined],
    ['UseDevelopmentStorage=true', undefined],
  ])('connection string %s: %s', (text, endpoint) => {
    expect(accessOf(text)?.endpoint).toBe(endpoint)
  })

  test('each cloud has its own host', () => {
    expect(endpointOf('acme', 'us_government')).toBe('https://acme.blob.core.usgovcloudapi.net')
    expect(endpointOf('acme', 'china')).toBe('https://acme.blob.core.chinacloudapi.cn')
  })
})

test('what is signed is what Azure Storage signs', () => {
  const request = {
    ...{
      method: 'PUT',
      url: `https://acme.blob.core.windows.net${blobPath('logs', "a b/c%20d'é")}?comp=x&a=1%202`,
    },
    headers: {
      'x-ms-version': '2021-12-02',
      'x-ms-date': 'Sun, 22 Nov 2026 22:00:00 GMT',
      'content-md5': 'bWQ1',
      host: 'x',
    },
    body: Buffer.from('four'),
  }
  // printf 'PUT\\n\\n\\n4\\nbWQ1\\n\\n\\n\\n\\n\\n\\n\\nx-ms-date:Sun, 22 Nov 2026 22:00:00 GMT\\nx-ms-version:2021-12-02\\n\\
  // /acme/logs/a%%20b/c%%2520d%%27%%C3%%A9\\na:1 2\\ncomp:x' | openssl dgst -sha256 -hmac key -binary | base64
  expect(sharedKey('acme', 'a2V5', request)).toBe(
    'SharedKey acme:bH83DKK5aieBS1tx/A4wDQnjnmzLDQCm4ynsBPCI6io=',
  )
})

test('the preview shows the blob and no secret', () => {
  const { format } = open()
  const batch = batchOf(auditEvents(1), format)
  const parsed = config.parse({ ...optionsOf(emulator), endpoint: undefined })
  const preview = definition.preview?.(parsed, { format, version: '0' }, batch)
  expect(preview?.place).toMatch(
    /^https:\/\/acmeaudit\.blob\.core\.windows\.net\/pulumi-audit\/org=acme\/dt=2026-11-22\/hour=22\/.*\.ndjson\.gz$/,
  )
  expect(preview?.headers).toMatchObject({ 'if-none-match': '*', authorization: '[secret]' })
  expect(JSON.parse(preview?.body ?? '').uid).toBe(batch.events[0]?.uid)
  expect(JSON.stringify(preview)).not.toContain(emulator.account.key)
})
