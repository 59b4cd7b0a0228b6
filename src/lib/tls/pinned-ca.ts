/**
 * Trusts only the authority whose certificate has a known fingerprint; the server must send it along in its chain. It is
 * read over a connection of its own that carries nothing, and then replaces the trusted authorities, so that signatures,
 * dates and host name are verified as usual. (Comparing fingerprints alone would not do: anybody can show a certificate.)
 */
import { isIP } from 'node:net'
import { type ConnectionOptions, connect as connectTls, type DetailedPeerCertificate } from 'node:tls'
import type { buildConnector } from 'undici'
import { z } from 'zod'

/** For the shape of a sink's options. */
export const caFingerprintOption = z
  .string()
  .regex(/^([0-9A-Fa-f]{2}:?){31}[0-9A-Fa-f]{2}$/, 'expected 64 hex digits, with or without colons')
  .optional()
  .describe(
    "SHA-256 fingerprint of the CA certificate that is trusted instead of the system's; the server must send it along. Not through a proxy.",
  )

/** `fingerprint`: SHA-256 in hex, with or without colons. */
export function createPinnedConnector(
  options: ConnectionOptions,
  fingerprint: string,
): buildConnector.connector {
  let pinned: Promise<buildConnector.connector> | undefined
  return (target, callback) => {
    pinned ??= shownCa(target, options, plain(fingerprint)).then(async (ca) => {
      const { buildConnector } = await import('undici')
      return buildConnector({ ...options, ca, allowPartialTrustChain: true } as buildConnector.BuildOptions)
    })
    pinned.then(
      (connect) => connect(target, callback),
      (error: Error) => {
        pinned = undefined
        callback(error, null)
      },
    )
  }
}

/** Thrown when nothing can be pinned; `needsPerson` knows the code. */
export function refusingConnector(message: string): buildConnector.connector {
  return (_, callback) => callback(refusal(message), null)
}

function shownCa(
  { hostname, port }: buildConnector.Options,
  options: ConnectionOptions,
  fingerprint: string,
): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const servername = isIP(hostname) === 0 ? hostname : ''
  const timeout = options.timeout ?? 10_000
  const socket = connectTls({
    ...{ host: hostname, port: Number(port || 443), servername, timeout },
    ...{ cert: options.cert, key: options.key, rejectUnauthorized: false },
  })
  socket.once('secureConnect', () => {
    const found = chainOf(socket.getPeerCertificate(true)).find(
      (it) => it.ca && plain(it.fingerprint256) === fingerprint,
    )
    if (found === undefined) reject(refusal(NOT_SHOWN))
    else resolve(pemOf(found.raw))
    socket.destroy()
  })
  socket.once('timeout', () => socket.destroy(new Error(`no TLS handshake within ${timeout} ms`)))
  socket.once('error', reject)
  socket.once('close', () => reject(new Error('the connection was closed before the TLS handshake')))
  return promise
}

const NOT_SHOWN =
  'no CA certificate that the server sends has the fingerprint of `ca_fingerprint`: compare it, or set `tls.ca_file`'

function chainOf(first: DetailedPeerCertificate): DetailedPeerCertificate[] {
  const chain = new Set<DetailedPeerCertificate>()
  // A root is its own issuer.
  for (let it = first; it?.raw !== undefined && !chain.has(it); it = it.issuerCertificate) chain.add(it)
  return [...chain]
}

function pemOf(der: Buffer): string {
  return `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`
}

function plain(fingerprint: string): string {
  return fingerprint.replaceAll(':', '').toLowerCase()
}

function refusal(message: string): Error {
  return Object.assign(new Error(message), { code: 'ERR_TLS_CA_FINGERPRINT' })
}
