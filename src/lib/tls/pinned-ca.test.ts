import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server, type ServerOptions } from 'node:https'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import {
  type Certificates,
  createCertificates,
  writeCertificates,
} from '../../../test/emulators/splunk-hec/certificates.ts'
import { tempFolder } from '../../../test/engine/temp-folder.ts'
import { type Connection, createHttpClient } from '../http/http.ts'
import { outcomeOfFailure } from '../http/outcome.ts'
import { Secret } from '../secret.ts'
import { createPinnedConnector } from './pinned-ca.ts'

let ours: Certificates
const servers: Server[] = []

beforeEach(async () => {
  ours = await createCertificates()
})
afterEach(() => {
  for (const it of servers.splice(0)) it.close().closeAllConnections()
})

/** For a server that sends these certificates. */
async function serve(
  chain: readonly string[],
  key = ours.server.key,
  host = '127.0.0.1',
  options: ServerOptions & { port?: number } = {},
): Promise<string> {
  const { port = 0, ...more } = options
  const server = createServer({ cert: chain.join('\n'), key, ...more }, (_, response) =>
    response.end('hello'),
  )
  servers.push(server)
  await once(server.listen(port, host), 'listening')
  return `https://${host}:${(server.address() as AddressInfo).port}`
}

const fingerprintOf = (pem: string) => new X509Certificate(pem).fingerprint256

async function ask(url: string, caFingerprint: string, proxy?: string) {
  const tls = { insecureSkipVerify: false, caFingerprint }
  const http = open({ tls, ...(proxy !== undefined && { proxy: new Secret(proxy) }) })
  return http(url)
}

/** A client that stays connected. */
function open(connection: Omit<Connection, 'timeoutMs'>) {
  const http = createHttpClient({ timeoutMs: 10_000, ...connection })
  onTestFinished(() => http.close())
  const signal = new AbortController().signal
  return async (url: string) => {
    try {
      return (await http.send({ method: 'GET', url, headers: {}, signal })).body
    } catch (error) {
      return outcomeOfFailure(error)
    }
  }
}

test.each([
  ['as openssl prints it', (it: string) => it],
  ['as Elasticsearch prints it', (it: string) => it.replaceAll(':', '').toLowerCase()],
])('an authority whose certificate is in the chain is trusted: %s', async (_, written) => {
  const url = await serve([ours.server.cert, ours.ca.cert])
  expect(await ask(url, written(fingerprintOf(ours.ca.cert)))).toBe('hello')
})

test.each<[string, (theirs: Certificates) => Promise<string>, RegExp]>([
  [
    'a chain of another authority',
    (theirs) => serve([theirs.server.cert, theirs.ca.cert], theirs.server.key),
    /compare it/,
  ],
  ['a chain without its authority', () => serve([ours.server.cert]), /compare it/],
  [
    'a certificate of another authority, with ours put beside it',
    (theirs) => serve([theirs.server.cert, ours.ca.cert], theirs.server.key),
    /verif|signature|issuer/,
  ],
  [
    'another address',
    () => serve([ours.server.cert, ours.ca.cert], ours.server.key, '127.0.0.2'),
    /not in the cert/,
  ],
])('%s is not trusted', async (_, start, reason) => {
  const url = await start(await createCertificates())
  const expected = { kind: 'pause', reason: expect.stringMatching(reason) }
  expect(await ask(url, fingerprintOf(ours.ca.cert))).toMatchObject(expected)
})

test('the fingerprint of the server itself is not that of an authority', async () => {
  const url = await serve([ours.server.cert, ours.ca.cert])
  expect(await ask(url, fingerprintOf(ours.server.cert))).toMatchObject({ kind: 'pause' })
})

test('a proxy is refused with words', async () => {
  const url = await serve([ours.server.cert, ours.ca.cert])
  expect(await ask(url, fingerprintOf(ours.ca.cert), 'http://127.0.0.1:9')).toMatchObject({
    kind: 'pause',
    reason: expect.stringContaining('does not go through a proxy'),
  })
})

test('a server that is down may come back', async () => {
  expect(await ask('https://127.0.0.1:9', fingerprintOf(ours.ca.cert))).toMatchObject({ kind: 'retry' })
})

test('an authority between the server and the root is trusted, and with it no other of the root', async () => {
  const root = await createCertificates('Root')
  const [between, other] = [
    await createCertificates('Between', root.ca),
    await createCertificates('Other', root.ca),
  ]
  const chainOf = (it: Certificates) => [it.server.cert, it.ca.cert, root.ca.cert]
  const pin = fingerprintOf(between.ca.cert)
  expect(await ask(await serve(chainOf(between), between.server.key), pin)).toBe('hello')
  const strange = await serve([...chainOf(other), between.ca.cert], other.server.key)
  expect(await ask(strange, pin)).toMatchObject({ kind: 'pause' })
})

test('after a first connection that failed, the next one checks again', async () => {
  const gone = await serve([ours.server.cert, ours.ca.cert])
  const port = Number(new URL(gone).port)
  await new Promise((resolve) => servers.pop()?.close(resolve))
  const send = open({ tls: { insecureSkipVerify: false, caFingerprint: fingerprintOf(ours.ca.cert) } })
  expect(await send(gone)).toMatchObject({ kind: 'retry' })
  await serve([ours.server.cert, ours.ca.cert], ours.server.key, '127.0.0.1', { port })
  expect(await send(gone)).toBe('hello')
})

test('a silent server is not waited for', async () => {
  const silent = createTcpServer().listen(0, '127.0.0.1')
  onTestFinished(() => void silent.close())
  await once(silent, 'listening')
  const { port } = silent.address() as AddressInfo
  const connect = createPinnedConnector({ timeout: 300 }, fingerprintOf(ours.ca.cert))
  const target = { hostname: '127.0.0.1', port: `${port}`, protocol: 'https:' }
  // Later requests wait for the same check.
  const said = await new Promise((resolve) => connect(target, (...[error]) => resolve(error?.message)))
  expect(said).toBe('no TLS handshake within 300 ms')
})

test('the check presents the client certificate, too: TLS 1.2 ends the handshake without it', async () => {
  const folder = tempFolder()
  const { ca, server } = await writeCertificates(folder)
  const demanding = { requestCert: true, ca: ca.cert, maxVersion: 'TLSv1.2' } as const
  const url = await serve([server.cert, ca.cert], server.key, '127.0.0.1', demanding)
  const tls = { insecureSkipVerify: false, caFingerprint: fingerprintOf(ca.cert) }
  const files = { certFile: join(folder, 'client.pem'), keyFile: join(folder, 'client.key') }
  expect(await open({ tls: { ...tls, ...files } })(url)).toBe('hello')
  expect(await open({ tls })(url)).not.toBe('hello')
})
