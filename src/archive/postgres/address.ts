/** Where a database is, and how the way there is secured. */
import type { ConnectionOptions } from 'node:tls'
import type { Connection } from '../../lib/http/http.ts'
import { tlsOptions } from '../../lib/tls/options.ts'

export interface DatabaseAddress {
  /** Without what only libpq understands. */
  readonly url: string
  /** Host and database, without credentials. */
  readonly where: string
  readonly ssl: ConnectionOptions | false
}

/**
 * TLS, verified, unless it ends in `sslmode=disable` or the server is on this machine and nothing about TLS is
 * configured. Files are read anew with each call. Throws what the file system says.
 */
export function addressOf(database: string, tls: Connection['tls']): DatabaseAddress {
  const url = new URL(database)
  const mode = url.searchParams.get('sslmode')
  url.searchParams.delete('sslmode')
  const { caFile, certFile, insecureSkipVerify } = tls
  const isConfigured = mode !== null || caFile !== undefined || certFile !== undefined || insecureSkipVerify
  const isPlain = mode === 'disable' || (!isConfigured && isHere(url))
  return {
    url: url.href,
    where: `${url.host || url.searchParams.get('host') || 'localhost'}${url.pathname}`,
    ssl: !isPlain && tlsOptions(tls),
  }
}

function isHere({ hostname, searchParams }: URL): boolean {
  const host = hostname === '' ? (searchParams.get('host') ?? '/') : hostname
  return /^(localhost|127(\.\d+){3}|\[::1\]|\/.*)$/.test(host)
}
