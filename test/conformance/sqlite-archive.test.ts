import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, onTestFinished } from 'vitest'
import { createSqliteArchive } from '../../src/archive/sqlite/archive.ts'
import { describeArchive } from './archive.ts'
import { describeTexts } from './archive-texts.ts'

async function scratchPath(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'auditferry-archive-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return join(folder, 'archive.db')
}

function rowsOf(path: string, sql: string): Record<string, unknown>[] {
  const db = new DatabaseSync(path, { timeout: 10_000 })
  try {
    return db.prepare(sql).all()
  } finally {
    db.close()
  }
}

describe('an archive in SQLite', () => {
  describeArchive(async () => createSqliteArchive({ path: await scratchPath(), now: Date.now }))

  const numbers = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 25000)'
  describeTexts(async () => {
    const path = await scratchPath()
    return {
      open: () => createSqliteArchive({ path, now: Date.now }),
      texts: async () =>
        rowsOf(path, 'SELECT text FROM texts')
          .map(({ text }) => String(text))
          .sort(),
      byHand: async (sql) => rowsOf(path, sql),
    }
  }, `INSERT INTO texts (text) ${numbers} SELECT 'left ' || i FROM n`)
})
