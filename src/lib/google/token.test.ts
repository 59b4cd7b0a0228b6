/** Application Default Credentials, as Google's package finds them, tested with emulators of all their sources. */
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, connect, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { gcpMetadata } from 'google-auth-library'
import { generate } from 'selfsigned'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import {
  startMetadataServer,
  startTokenExchange,
} from '../../../test/emulators/google/default-credentials.ts'
import { createGoogleTokenDesk, type GoogleTokenDesk } from '../../../test/emulators/google/tokens.ts'
import { outcomeOfFailure } from '../http/outcome.ts'
import { Secret } from '../secret.ts'
import { createGoogleTokens } from './token.ts'

const SCOPE = 'https://www.googleapis.com/auth/pubsub'
const calm = new AbortController().signal
let folder: string
let desk: GoogleTokenDesk
const open: { stop(): Promise<void> }[] = []

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'google-'))
  desk = createGoogleTokenDesk()
  // Whatever the tests ask for must not come from this machine or its user.
  gcpMetadata.setGCPResidency(false)
  vi.stubEnv('CLOUDSDK_CONFIG', folder)
  vi.stubEnv('GOOGLE_CLOUD_PROJECT', 'acme-audit')
  vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', undefined)
  vi.stubEnv('GCE_METADATA_HOST', '127.0.0.1:9')
})
afterEach(async () => {
  vi.unstubAllEnvs()
  for (const it of open.splice(0)) await it.stop()
  rmSync(folder, { recursive: true, force: true })
})

function keep<Started extends { stop(): Promise<void> }>(started: Started): Started {
  open.push(started)
  return started
}

const tokens = () =>
  createGoogleTokens({
    ...{ credentials: undefined, scope: SCOPE, now: Date.now },
    send: () => Promise.reject(new Error('the sink has no part in it')),
  })

/** Undefined if the service accepts the token for this scope. */
const refusalOf = (token: string, scope = SCOPE) =>
  desk.refuse({ ...NO_REQUEST, headers: { authorization: `Bearer ${token}` } }, scope)
const NO_REQUEST = { method: 'POST', url: new URL('http://x'), body: Buffer.from('') }

function applicationCredentials(content: object): void {
  const path = join(folder, 'credentials.json')
  writeFileSync(path, JSON.stringify(content))
  vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', path)
}

test('the metadata server gives one token for many requests, and a fresh one after a refusal', async () => {
  const metadata = keep(await startMetadataServer(desk))
  vi.stubEnv('GCE_METADATA_HOST', new URL(metadata.url).host)
  const given = tokens()
  const [first, second] = [await given.get(calm), await given.get(calm)]
  expect([second, desk.issued()]).toEqual([first, 1])
  expect(refusalOf(first)).toBeUndefined()
  expect(refusalOf(first, 'https://www.googleapis.com/auth/other')).toMatchObject({ status: 403 })
  given.forget()
  expect(await given.get(calm)).not.toBe(first)
})

test.each([429, 503])(
  'a token endpoint that answers %i is waited for, as long as it asks',
  async (status) => {
    const answer = { status, headers: { 'retry-after': '7' }, body: 'busy' }
    const key = new Secret(() => desk.credentials('https://oauth2.googleapis.com/token'))
    const send = () => Promise.resolve(answer)
    const metadata = keep(await startMetadataServer(desk))
    vi.stubEnv('GCE_METADATA_HOST', new URL(metadata.url).host)
    vi.stubEnv('METADATA_SERVER_DETECTION', 'assume-present')
    metadata.fail(answer, 10)
    for (const [given, name] of [
      [createGoogleTokens({ credentials: key, scope: SCOPE, now: Date.now, send }), 'the service account'],
      [tokens(), 'Application Default Credentials'],
    ] as const) {
      const thrown = await given.get(calm).catch((error: unknown) => error)
      const reason = expect.stringMatching(`${name}: .*busy$`)
      expect(outcomeOfFailure(thrown)).toEqual({ kind: 'retry', reason, afterMs: 7_000 })
    }
  },
)

test('a metadata server that starts late is found', async () => {
  const given = tokens()
  await expect(given.get(calm)).rejects.toMatchObject({ name: 'TokenRefusedError' })
  const metadata = keep(await startMetadataServer(desk))
  vi.stubEnv('GCE_METADATA_HOST', new URL(metadata.url).host)
  expect(refusalOf(await given.get(calm))).toBeUndefined()
})

test.each([403, 404])('a machine without a service account (%i) needs a person', async (status) => {
  const metadata = keep(await startMetadataServer(desk))
  vi.stubEnv('GCE_METADATA_HOST', new URL(metadata.url).host)
  const given = tokens()
  await given.get(calm)
  given.forget()
  vi.stubEnv('METADATA_SERVER_DETECTION', 'assume-present')
  metadata.fail({ status }, 10)
  await expect(given.get(calm)).rejects.toMatchObject({ name: 'TokenRefusedError' })
})

test('a metadata server that hangs holds up nobody', async () => {
  const metadata = keep(await startMetadataServer(desk))
  vi.stubEnv('GCE_METADATA_HOST', new URL(metadata.url).host)
  metadata.fail({ hang: true }, 100)
  const aborted = new AbortController()
  const given = tokens().get(aborted.signal)
  aborted.abort(new Error('over'))
  await expect(given).rejects.toThrow('over')
})

test('GOOGLE_APPLICATION_CREDENTIALS: the identity of another cloud', async () => {
  const sts = keep(await startTokenExchange(desk, 'subject-token'))
  const file = join(folder, 'subject')
  writeFileSync(file, 'subject-token')
  applicationCredentials(sts.credentials(file))
  expect(refusalOf(await tokens().get(calm))).toBeUndefined()

  writeFileSync(file, 'expired-token')
  const refused = await tokens()
    .get(calm)
    .catch((error: Error) => error)
  expect(refused).toMatchObject({ name: 'TokenRefusedError' })
  expect(`${refused}`).not.toContain('expired-token')
})

test('GOOGLE_APPLICATION_CREDENTIALS: the key of a service account, through HTTPS_PROXY', async () => {
  const proxy = keep(await startTokenHost())
  vi.stubEnv('HTTPS_PROXY', proxy.url)
  applicationCredentials(JSON.parse(desk.credentials('unused')))
  expect(refusalOf(await tokens().get(calm))).toBeUndefined()
  expect(proxy.tunnels).toEqual(['oauth2.googleapis.com:443'])
})

test('an HTTPS_PROXY with a / in its password needs a person, and says what to write instead', async () => {
  vi.stubEnv('HTTPS_PROXY', 'http://user:hid/den@proxy.example:3128')
  applicationCredentials(JSON.parse(desk.credentials('unused')))
  const refused = await tokens()
    .get(calm)
    .catch((error: Error) => error)
  expect(refused).toMatchObject({
    name: 'TokenRefusedError',
    message: expect.stringMatching(/^HTTPS_PROXY: expected nothing behind host and port; .*%2F for \//),
  })
  expect(`${refused}`).not.toContain('hid')
})

test.each([
  ['a file that is not there', () => vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', '/nowhere/key.json')],
  ['a file of nothing', () => applicationCredentials({})],
  ['nothing at all', () => {}],
])('%s needs a person, and says what to do', async (_, prepare) => {
  prepare()
  await expect(tokens().get(calm)).rejects.toMatchObject({
    name: 'TokenRefusedError',
    message: expect.stringMatching(/^Application Default Credentials: .*; set `credentials`/),
  })
})

/** The host that Google's package contacts, through a proxy. */
async function startTokenHost() {
  const host = 'oauth2.googleapis.com'
  const pem = await generate([{ name: 'commonName', value: host }], {
    keyType: 'ec',
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: host }] },
    ],
  })
  const trusted = getCACertificates('default')
  setDefaultCACertificates([...trusted, pem.cert])
  const tls = createTlsServer({ key: pem.private, cert: pem.cert }, async (request, response) => {
    const asked = { ...NO_REQUEST, headers: request.headers, body: await buffer(request) }
    const { status, headers, body } = desk.issue(asked, `https://${host}/token`)
    response.writeHead(status, { ...headers }).end(body)
  })
  const tunnels: string[] = []
  const proxy = createServer()
  proxy.on('connect', ({ url = '' }, socket) => {
    tunnels.push(url)
    const inner = connect(portOf(tls), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      inner.pipe(socket).pipe(inner)
    })
    for (const it of [inner, socket]) it.on('error', () => it.destroy())
  })
  for (const server of [tls, proxy]) await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    tunnels,
    url: `http://127.0.0.1:${portOf(proxy)}`,
    async stop() {
      setDefaultCACertificates(trusted)
      for (const server of [proxy, tls]) {
        server.close()
        server.closeAllConnections()
      }
    },
  }
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}
