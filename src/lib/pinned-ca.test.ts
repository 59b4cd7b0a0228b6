import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type Certificates, createCertificates } from '../../test/emulators/splunk-hec/certificates.ts'
import { createHttpClient } from './http.ts'
import { outcomeOfFailure } from './http-outcome.ts'
import { Secret } from './secret.ts'

let ours: Certificates
const servers: Server[] = []

beforeEach(async () => {
  ours = await createCertificates()
})
afterEach(() => {
  for (const it of servers.splice(0)) it.close().closeAllConnections()
})

/** Of a server that sends these certificates. */
async function serve(chain: readonly string[], key = ours.server.key, host = '127.0.0.1'): Promise<string> {
  const server = createServer({ cert: chain.join('\n'), key }, (_, response) => response.end('hello'))
  servers.push(server)
  await once(server.listen(0, host), 'listening')
  return `https://${host}:${(server.address() as AddressInfo).port}`
}

const fingerprintOf = (pem: string) => new X509Certificate(pem).fingerprint256

async function ask(url: string, caFingerprint: string, proxy?: string) {
  const tls = { insecureSkipVerify: false, caFingerprint }
  const connection = { timeoutMs: 10_000, tls, ...(proxy !== undefined && { proxy: new Secret(proxy) }) }
  const http = createHttpClient(connection)
  try {
    const signal = new AbortController().signal
    return (await http.send({ method: 'GET', url, headers: {}, signal })).body
  } catch (error) {
    return outcomeOfFailure(error)
  } finally {
    await http.close()
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

test('the fingerprint of the server itself is none of an authority', async () => {
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

test('a server that is not there may come back', async () => {
  expect(await ask('https://127.0.0.1:9', fingerprintOf(ours.ca.cert))).toMatchObject({ kind: 'retry' })
})
