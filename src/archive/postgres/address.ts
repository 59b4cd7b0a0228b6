/** Where a database is, and how the connection to it is secured. */
import type { ConnectionOptions } from 'node:tls'
import type { Connection } from '../../lib/http/http.ts'
import { isDecodable } from '../../lib/percent-encoding.ts'
import { tlsOptions } from '../../lib/tls/options.ts'
import { ArchiveFailure } from '../failure.ts'

export interface DatabaseAddress {
  /** Without the parameters that only libpq understands. */
  readonly url: string
  /** Host and database, without credentials. */
  readonly where: string
  readonly ssl: ConnectionOptions | false
}

/** What is expected of an address that is none; most often its password holds one of these characters. */
export const ADDRESS_FORM =
  'expected postgres://user:password@host/name, with % / ? # in the password written as %25 %2F %3F %23'

/** Whether it can be read, by the driver too. */
export function isAddress(database: string): boolean {
  if (!/^postgres(ql)?:\/\//.test(database) || !URL.canParse(database)) return false
  const { username, password, pathname } = new URL(database)
  return isDecodable(username + password + pathname)
}

/**
 * With verified TLS, unless the URL has `sslmode=disable`, or the server is on this machine and TLS is not configured.
 * Files are read again on each call. Throws ArchiveFailure for what is no address, and the file system's errors.
 */
export function addressOf(database: string, tls: Connection['tls']): DatabaseAddress {
  if (!isAddress(database)) throw new ArchiveFailure('pause', `\`database\` is no address; ${ADDRESS_FORM}`)
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
