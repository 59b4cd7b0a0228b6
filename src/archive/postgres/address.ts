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
const ADDRESS_FORM =
  'expected postgres://user:password@host/name, with % / ? # in the password written as %25 %2F %3F %23'

/**
 * Parameters of libpq that the driver would follow instead of `tls`, each with what to write: it would ignore
 * `tls.ca_file` then, or read a file in the working directory.
 */
const WRITTEN_ELSEWHERE: Readonly<Record<string, string>> = {
  sslrootcert: '`tls: { ca_file: … }` (the usual authorities are trusted without it)',
  sslcert: '`tls: { cert_file: … }`',
  sslkey: '`tls: { key_file: … }`',
  ssl: '`sslmode=require` or `sslmode=disable`',
}

/** What is wrong with an address, and how it is written; undefined if it can be read, by the driver too. */
export function faultOf(database: string): string | undefined {
  if (!/^postgres(ql)?:\/\//.test(database) || !URL.canParse(database)) return ADDRESS_FORM
  const { username, password, pathname, searchParams } = new URL(database)
  if (!isDecodable(username + password + pathname)) return ADDRESS_FORM
  const name = Object.keys(WRITTEN_ELSEWHERE).find((it) => searchParams.has(it))
  return name && `\`${name}\` is not for the address: write ${WRITTEN_ELSEWHERE[name]} instead`
}

/**
 * With verified TLS, unless the URL has `sslmode=disable`, or the server is on this machine and TLS is not configured.
 * Every other `sslmode` is taken as `verify-full`.
 * Files are read again on each call. Throws ArchiveFailure for what is no address, and the file system's errors.
 */
export function addressOf(database: string, tls: Connection['tls']): DatabaseAddress {
  const fault = faultOf(database)
  if (fault !== undefined) throw new ArchiveFailure('pause', `\`database\` can’t be used: ${fault}`)
  const url = new URL(database)
  const mode = url.searchParams.get('sslmode')
  url.searchParams.delete('sslmode')
  const { caFile, certFile, insecureSkipVerify } = tls
  const isConfigured = mode !== null || caFile !== undefined || certFile !== undefined || insecureSkipVerify
  const isPlain = mode === 'disable' || (!isConfigured && isHere(url))
  return {
    url: url.href,
    where: `${url.searchParams.get('host') || url.host || 'localhost'}${url.pathname}`,
    ssl: !isPlain && tlsOptions(tls),
  }
}

function isHere(url: URL): boolean {
  const host = url.searchParams.get('host') || url.hostname || '/'
  return /^(localhost|127(\.\d+){3}|\[::1\]|\/.*)$/.test(host)
}
