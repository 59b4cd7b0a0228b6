import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, onTestFinished } from 'vitest'
import { createSqliteArchive } from '../../src/archive/sqlite/archive.ts'
import { describeArchive } from './archive.ts'

describe('an archive in SQLite', () => {
  describeArchive(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'auditferry-archive-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    return createSqliteArchive({ path: join(folder, 'archive.db'), now: Date.now })
  })
})
