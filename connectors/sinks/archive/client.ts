/** The archive that the options name. */

import { createPostgresArchive } from '../../../src/archive/postgres/archive.ts'
import { createSqliteArchive } from '../../../src/archive/sqlite/archive.ts'
import type { StoredArchive } from '../../../src/archive/stored-archive.ts'
import type { SinkContext } from '../../../src/connector.ts'
import { UsageError } from '../../../src/errors.ts'
import type { Config } from './config.ts'

export function openArchive(
  { path, database }: Config,
  { now, connection: { tls } }: Pick<SinkContext, 'now' | 'connection'>,
): StoredArchive {
  if (database !== undefined) return createPostgresArchive({ database, tls, now })
  if (path === undefined) throw new UsageError('an archive needs `path` or `database`')
  return createSqliteArchive({ path, now })
}
