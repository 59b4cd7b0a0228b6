import { rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { generate } from 'selfsigned'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Source } from '../../../src/connector.ts'
import { messageOf } from '../../../src/errors.ts'
import { proxyRefusal } from '../../../src/lib/http/proxy.ts'
import { Secret } from '../../../src/lib/secret.ts'
import { type PulumiEmulator, startPulumiEmulator } from '../../../test/emulators/pulumi/emulator.ts'
import { tempFolder } from '../../../test/engine/temp-folder.ts'
import { PATIENCE_MS } from '../../../test/patience.ts'
import { endsWithLine, openBody } from './body.ts'
import { NOW, readAll, sourceFor, thrownBy } from './fixtures/rig.ts'
import { failureOf } from './refusal.ts'

let emulator: PulumiEmulator

beforeEach(async () => {
  emulator = await startPulumiEmulator({ now: () => NOW * 1000 })
})
afterEach(() => emulator.stop())

const source = (options: Record<string, unknown> = {}) =>
  sourceFor({ url: emulator.url, token: emulator.token, options: { api: 'v1', ...options } })

const httpDate = (second: number) => new Date(second * 1000).toUTCString()

describe('a status', () => {
  const error = (message: string, errors?: object[]) => JSON.stringify({ code: 1, message, errors })
  const cases: [
    string,
    { status: number; body?: string; headers?: Record<string, string> },
    object,
    RegExp,
  ][] = [
    [
      '401',
      { status: 401, body: error('Unauthorized') },
      { fault: 'configuration' },
      /refuses the access token for "acme" \(HTTP 401: Unauthorized; request emulated-1\)\. Check access_token/,
    ],
    [
      '401 of SAML',
      { status: 401, body: error('no', [{ errorType: 'saml_reauth_required' }]) },
      { fault: 'configuration' },
      /saml_reauth_required.*SAML provider again/,
    ],
    [
      '403',
      { status: 403, body: error('token lives too long: at most 90 days') },
      { fault: 'configuration' },
      /at most 90 days.*audit_logs:read and audit_logs:export/,
    ],
    [
      '400 of the plan',
      {
        status: 400,
        body: error('Audit Logs is available only to organizations with an Enterprise subscription.'),
      },
      { fault: 'configuration' },
      /Enterprise or Business Critical plan/,
    ],
    ['402', { status: 402 }, { fault: 'configuration' }, /Enterprise or Business Critical plan/],
    [
      '404',
      { status: 404, body: error('Not Found') },
      { fault: 'configuration' },
      /does not know the organisation "acme", or the user "kim" in it .*Check organization and user_filter/,
    ],
    [
      '400',
      { status: 400, body: error('invalid query params') },
      { fault: 'configuration' },
      /invalid query params/,
    ],
    [
      '307',
      { status: 307, headers: { location: 'https://user:pass@login.example/x?y=z' } },
      { fault: 'configuration' },
      /redirects to login\.example \(.*Set api_url/,
    ],
    ['429', { status: 429 }, { fault: 'transient', afterMs: 300_000 }, /limits the rate/],
    [
      '429 with Retry-After',
      { status: 429, headers: { 'retry-after': '7' } },
      { fault: 'transient', afterMs: 7000 },
      /HTTP 429/,
    ],
    [
      '503 with a date',
      { status: 503, headers: { 'retry-after': new Date((NOW + 9) * 1000).toUTCString() } },
      { fault: 'transient', afterMs: 9000 },
      /HTTP 503/,
    ],
    [
      '429 with a Retry-After that is over',
      { status: 429, headers: { 'retry-after': httpDate(NOW - 9) } },
      { fault: 'transient', afterMs: undefined },
      /HTTP 429/,
    ],
    [
      '429 with a Retry-After of 0',
      { status: 429, headers: { 'retry-after': '0' } },
      { fault: 'transient', afterMs: undefined },
      /HTTP 429/,
    ],
    [
      '429 with a negative Retry-After',
      { status: 429, headers: { 'retry-after': '-5' } },
      { fault: 'transient', afterMs: 300_000 },
      /HTTP 429/,
    ],
    [
      '503 with a Retry-After that is over',
      { status: 503, headers: { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' } },
      { fault: 'transient', afterMs: undefined },
      /HTTP 503/,
    ],
    [
      '302 to no web address',
      { status: 302, headers: { location: 'file:///etc/passwd' } },
      { fault: 'configuration' },
      /redirects to an address that is no web address \(HTTP 302/,
    ],
    [
      '429 with a date of a clock that is an hour ahead',
      { status: 429, headers: { date: httpDate(NOW + 3600), 'retry-after': httpDate(NOW + 3604) } },
      { fault: 'transient', afterMs: 4000 },
      /HTTP 429/,
    ],
    ['408', { status: 408 }, { fault: 'transient', afterMs: undefined }, /HTTP 408/],
    ['204', { status: 204, body: '' }, { fault: 'transient' }, /no log \(HTTP 204/],
    [
      '502 with a page',
      { status: 502, body: '<html>\n<b>Bad</b> \u0007gateway' },
      { fault: 'transient' },
      /HTTP 502: <html> <b>Bad<\/b> gateway/,
    ],
  ]
  it.each(cases)('%s', async (_, fault, expected, message) => {
    emulator.fail(fault)
    const thrown = await thrownBy(readAll(source({ user_filter: 'kim' })))
    expect(thrown).toMatchObject({
      status: fault.status,
      ...expected,
      message: expect.stringMatching(message),
    })
    expect(messageOf(thrown)).toContain('127.0.0.1')
  })

  it('404 mentions api: v1 if v2 was requested, and nowhere else', async () => {
    const refused = async (work: (source: Source) => unknown, api: string) => {
      emulator.fail({ status: 404 })
      return messageOf(await thrownBy(Promise.resolve(work(source({ api })))))
    }
    const read = (it: Source) => readAll(it)
    const list = (it: Source) => it.eventTypes?.(AbortSignal.timeout(PATIENCE_MS))
    expect(await refused(read, 'v2')).toMatch(/without the v2 API answers so too: then set api: v1$/)
    expect(await refused(read, 'v1')).toMatch(/and api_url$/)
    expect(await refused(list, 'v2')).toMatch(/and api_url$/)
  })

  it('never shows the token, not even when the server echoes it', async () => {
    emulator.fail({ status: 401, body: JSON.stringify({ message: `bad token ${emulator.token}` }) })
    const thrown = await thrownBy(readAll(source()))
    expect(messageOf(thrown)).toContain('bad token [secret]')
    expect(JSON.stringify(thrown)).not.toContain(emulator.token)
  })
})

describe('no answer', () => {
  it('is transient when nobody listens or the server is silent', async () => {
    const silent = sourceFor({ url: emulator.url, token: 't', connection: { timeoutMs: 50 } })
    emulator.fail({ hang: true })
    expect(await thrownBy(readAll(silent))).toMatchObject({ fault: 'transient' })
    const { url } = emulator
    await emulator.stop()
    const thrown = await thrownBy(readAll(sourceFor({ url, token: 't' })))
    expect(thrown).toMatchObject({ fault: 'transient', message: expect.stringContaining('ECONNREFUSED') })
    emulator = await startPulumiEmulator()
  })

  it('is for the operator when the name is unknown', () => {
    const cause = Object.assign(new Error('getaddrinfo ENOTFOUND api.example'), { code: 'ENOTFOUND' })
    const target = { organization: 'acme', userFilter: '', host: 'api.example', token: () => 't-1' }
    expect(failureOf(new TypeError('fetch failed', { cause }), target)).toMatchObject({
      fault: 'configuration',
      message: expect.stringMatching(/"acme" from api\.example failed: .*ENOTFOUND.*Check api_url/),
    })
  })

  it('is for the operator when the token cannot be sent', async () => {
    // As in a secret file that was rotated after the configuration was loaded.
    let value = 'a'
    const rotated = source({ access_token: new Secret(() => value) })
    value = 'a\nb-secret'
    const thrown = await thrownBy(readAll(rotated))
    expect(thrown).toMatchObject({ fault: 'configuration' })
    expect(messageOf(thrown)).not.toContain('b-secret')
  })

  it('is for the operator when the token cannot be read', async () => {
    const token = new Secret(() => {
      throw new Error('ENOENT: /run/secrets/pulumi')
    })
    const thrown = await thrownBy(readAll(source({ access_token: token })))
    expect(thrown).toMatchObject({
      fault: 'configuration',
      message: expect.stringContaining('/run/secrets/pulumi'),
    })
    expect(emulator.requests).toHaveLength(0)
  })

  it('is transient when the answer is not HTTP', async () => {
    const server = createServer((socket) => socket.end('hello\r\n')).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as { port: number }
    const thrown = await thrownBy(readAll(sourceFor({ url: `http://127.0.0.1:${port}`, token: 't' })))
    server.close()
    expect(thrown).toMatchObject({ fault: 'transient' })
  })
})

it('trusts an authority of your own, and no other unless configured', async () => {
  const pem = await generate([{ name: 'commonName', value: '127.0.0.1' }], {
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
  })
  const folder = tempFolder()
  const caFile = join(folder, 'ca.pem')
  await writeFile(caFile, pem.cert)
  const secure = await startPulumiEmulator({
    tls: { key: pem.private, cert: pem.cert },
    now: () => NOW * 1000,
  })
  const reach = (tls: { caFile?: string; insecureSkipVerify: boolean }) =>
    thrownBy(
      readAll(sourceFor({ url: secure.url, token: secure.token, connection: { tls } })).then(({ thrown }) =>
        Promise.reject(thrown),
      ),
    )
  try {
    expect(await reach({ insecureSkipVerify: false })).toMatchObject({
      fault: 'configuration',
      message: expect.stringMatching(/self.signed certificate.*tls\.ca_file/),
    })
    expect(await reach({ caFile, insecureSkipVerify: false })).toBeUndefined()
    expect(await reach({ insecureSkipVerify: true })).toBeUndefined()
  } finally {
    await secure.stop()
    await rm(folder, { recursive: true })
  }
})

it('shortens what OpenSSL says to what helps a person', () => {
  const message =
    '40FDCA6C63047F00:error:0A00042E:SSL routines:ssl3_read_bytes:tlsv1 alert protocol version:../deps/openssl/any.c:77:\n'
  const thrown = Object.assign(new Error(message), { code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' })
  const target = { organization: 'acme', userFilter: '', host: 'api.example', token: () => 'pul-1' }
  expect(failureOf(thrown, target)).toMatchObject({
    problem:
      'reading the audit log of "acme" from api.example failed: TLS: SSL routines: tlsv1 alert protocol version',
    cure: 'Let the server speak TLS 1.2 or 1.3',
  })
})

it.each([
  ['cut', (gzip: Buffer) => gzip.subarray(0, -9)],
  ['damaged', (gzip: Buffer) => Buffer.from(gzip.with(-6, 1 ^ (gzip.at(-6) ?? 0)))],
])('says where to look if gzip data are %s', async (_, harm) => {
  const target = { organization: 'acme', userFilter: '', host: 'api.example', token: () => 'pul-1' }
  const body = openBody({
    status: 200,
    headers: {},
    body: Readable.from([harm(gzipSync('Timestamp,Event'))]),
  })
  expect(failureOf(await thrownBy(endsWithLine(body, Buffer.from('x'))), target)).toMatchObject({
    fault: 'transient',
    problem: 'reading the audit log of "acme" from api.example failed: its gzip data are cut or damaged',
    cure: 'Check api_url, and any proxy on the way',
  })
})

it('leaves what to check to a proxy that refuses', () => {
  const target = { organization: 'acme', userFilter: '', host: 'api.example', token: () => 'pul-1' }
  expect(failureOf(proxyRefusal('http://user:hidden@proxy.example:3128', 407), target)).toMatchObject({
    fault: 'configuration',
    message:
      'reading the audit log of "acme" from api.example failed: the proxy proxy.example:3128 asks for credentials (HTTP 407): check user and password in `proxy`',
  })
})
