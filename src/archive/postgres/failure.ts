/** What an error of PostgreSQL, of TLS or of the network means. */
import { firstCode, messageOf } from '../../errors.ts'
import { tlsCure } from '../../lib/tls/cure.ts'
import { ArchiveFailure } from '../failure.ts'

type Meaning = readonly [kind: ArchiveFailure['kind'], what: string, cure: string]

/** By the whole code, otherwise by its class: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const SQLSTATES: Readonly<Record<string, Meaning>> = {
  '28P01': ['pause', 'the password is refused', 'mend the user or password in `database`'],
  '28': ['pause', 'the server refuses this user', 'mend `database`, or allow the user in pg_hba.conf'],
  '3D000': ['pause', 'there is no such database', 'create it, or mend the name in `database`'],
  '42501': [
    'pause',
    'the user may not do this',
    'grant CREATE on the database, or make the user the owner of the schema auditferry_archive and its tables',
  ],
  '42P01': [
    'pause',
    'the tables of the archive are not there, or the user may not see them',
    'restore them, or grant USAGE on the schema auditferry_archive; to begin an empty archive, restart auditferry',
  ],
  '57014': [
    'retry',
    'the server ends what takes long',
    'raise statement_timeout for the user: ALTER ROLE … SET statement_timeout = 0',
  ],
  '25006': ['pause', 'the server takes no writes', 'name the primary in `database`, not a standby'],
  '53100': ['retry', 'the disk of the server is full', 'free space on it'],
  '53300': ['retry', 'the server has too many connections', 'raise max_connections, or close others'],
  '53': ['retry', 'the server lacks resources', ''],
  '55P03': ['retry', 'another process writes, or a commit hangs in the server', ''],
  '57P': ['retry', 'the server is starting or stopping', ''],
  '08': ['retry', 'the connection was lost', ''],
}

const SYSTEM: Readonly<Record<string, Meaning>> = {
  ENOTFOUND: ['pause', 'the host is not known', 'mend the host in `database`'],
  ECONNREFUSED: ['retry', 'nobody listens there', 'start the server, or mend host and port in `database`'],
  ENOENT: ['retry', 'nobody listens there', 'start the server, or mend the socket in `database`'],
}

const OTHER_NAME =
  'name the server in `database` as its certificate does, or let it show a certificate for this name, which every `sslmode` but `disable` asks for'

const TLS_CODES = /^(ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH)/

/** `where`: host and database, without credentials. */
export function explainError(where: string, error: unknown): ArchiveFailure {
  if (error instanceof ArchiveFailure) return error
  const [kind, what, cure] = meaningOf(error)
  const own = messageOf(error)
  const said = what === '' ? own : what.includes(own) ? what : `${what} (${own})`
  return new ArchiveFailure(kind, `${where}: ${said}${cure === '' ? '' : `; ${cure}`}`)
}

function meaningOf(error: unknown): Meaning {
  const key = firstCode(error) ?? ''
  const known = SQLSTATES[key] ?? SYSTEM[key] ?? SQLSTATES[key.slice(0, 3)] ?? SQLSTATES[key.slice(0, 2)]
  if (known !== undefined) return known
  if (TLS_CODES.test(key)) {
    const toTrust = 'give the certificate of the authority as `tls: { ca_file: … }`'
    const isOtherName = key === 'ERR_TLS_CERT_ALTNAME_INVALID' || key === 'HOSTNAME_MISMATCH'
    return ['pause', 'TLS failed', isOtherName ? OTHER_NAME : (tlsCure(error) ?? toTrust)]
  }
  if (/does not support SSL/.test(messageOf(error))) {
    return [
      'pause',
      'the server speaks no TLS',
      'switch it on there, or end `database` with ?sslmode=disable',
    ]
  }
  return ['retry', '', '']
}
