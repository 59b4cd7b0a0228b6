/** Messages for TLS faults that no CA file mends, tested with servers that have them. */
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { TlsOptions } from 'node:tls'
import { generate } from 'selfsigned'
import { expect, onTestFinished, test } from 'vitest'
import { tempFolder } from '../../../test/engine/temp-folder.ts'
import { createHttpClient } from '../http/http.ts'
import { outcomeOfFailure } from '../http/outcome.ts'
import { connectionCure } from '../http/poster.ts'

const HOUR_MS = 3_600_000

const selfSigned = (fromMs: number, toMs: number) =>
  generate([{ name: 'commonName', value: 'localhost' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(Date.now() + fromMs),
    notAfterDate: new Date(Date.now() + toMs),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] },
    ],
  })

/** The error of a request to such a server, by a client that trusts its certificate. */
async function refusalBy(options: TlsOptions & { cert: string }): Promise<unknown> {
  const server = createServer(options, (_, response) => response.end()).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const caFile = join(tempFolder(), 'ca.pem')
  await writeFile(caFile, options.cert)
  const http = createHttpClient({ timeoutMs: 10_000, tls: { caFile, insecureSkipVerify: false } })
  onTestFinished(() => http.close())
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  const { signal } = new AbortController()
  return http.send({ method: 'GET', url, headers: {}, signal }).catch((error: unknown) => error)
}

test.each([
  ['expired', -2 * HOUR_MS, -HOUR_MS, /has expired/, /renewed.* or mend the clock/],
  ['of tomorrow', HOUR_MS, 2 * HOUR_MS, /not yet valid/, /^mend the clock/],
] as const)('a certificate that is %s', async (_, from, to, says, cure) => {
  const { private: key, cert } = await selfSigned(from, to)
  const thrown = await refusalBy({ key, cert })
  expect(outcomeOfFailure(thrown)).toMatchObject({ kind: 'pause', reason: expect.stringMatching(says) })
  expect(connectionCure(thrown)).toMatch(cure)
})

test('a server that speaks no TLS newer than 1.1', async () => {
  const { private: key, cert } = await selfSigned(-HOUR_MS, HOUR_MS)
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const
  const thrown = await refusalBy({ key, cert, ...old })
  expect(outcomeOfFailure(thrown)).toEqual({
    kind: 'pause',
    reason: expect.stringMatching(/protocol.*: let the server speak TLS 1\.2 or 1\.3$/),
  })
  expect(connectionCure(thrown)).toBe('let the server speak TLS 1.2 or 1.3')
})

test.each([
  [
    'TLSv1.2',
    'pause',
    /alert handshake failure: the server may want a client certificate: .*`tls\.cert_file`/,
  ],
  // The server checks the certificate after the handshake is over on this side, and then closes.
  ['TLSv1.3', 'retry', /(closed|ECONNRESET).*; if it stays so, .*client certificate .*`tls\.cert_file`/],
] as const)('a server that demands a client certificate, in %s', async (version, kind, says) => {
  const { private: key, cert } = await selfSigned(-HOUR_MS, HOUR_MS)
  const demands = { ca: cert, requestCert: true, rejectUnauthorized: true }
  const thrown = await refusalBy({ key, cert, ...demands, minVersion: version, maxVersion: version })
  expect(outcomeOfFailure(thrown)).toEqual({ kind, reason: expect.stringMatching(says) })
  if (kind === 'pause') expect(connectionCure(thrown)).toMatch(/`tls\.cert_file`/)
})

test.each([
  'tlsv1 alert unknown ca',
  'ssl/tls alert bad certificate',
  'ssl/tls alert certificate expired',
  'tlsv13 alert certificate required',
])('%s: the server does not want our certificate', (says) => {
  const text = `40FD:error:0A000418:SSL routines:ssl3_read_bytes:${says}:../deps/openssl/any.c:77:\n`
  const thrown = Object.assign(new Error(text.replace('40FD', '40FDCA6C')), { code: 'ERR_SSL_ALERT' })
  expect(connectionCure(thrown)).toBe(
    'let `tls.cert_file` and `tls.key_file` name a client certificate that the server trusts and that has not expired',
  )
})
