/** The archive that the options name. */

import { createSqliteArchive } from '../../../src/archive/sqlite/archive.ts'
import type { StoredArchive } from '../../../src/archive/stored-archive.ts'
import type { SinkContext } from '../../../src/connector.ts'
import { UsageError } from '../../../src/errors.ts'
import type { Config } from './config.ts'

export function openArchive({ path }: Config, { now }: Pick<SinkContext, 'now'>): StoredArchive {
  if (path === undefined) throw new UsageError('an archive in PostgreSQL is not possible yet: set `path`')
  return createSqliteArchive({ path, now })
}
