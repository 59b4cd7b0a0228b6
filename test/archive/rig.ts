/** For tests of archives in SQLite: a folder, an archive in it, and events for it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { createSqliteArchive } from '../../src/archive/sqlite/archive.ts'
import type { NewEvent } from '../../src/archive/stored-archive.ts'
import { lineFormat } from '../../src/formats/formats.ts'
import { auditEvents, batchOf } from '../conformance/batches.ts'

export async function scratchPath(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'auditferry-archive-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return join(folder, 'archive.db')
}

export function openArchive(path: string) {
  const archive = createSqliteArchive({ path, now: () => 1_795_400_000_000 })
  onTestFinished(() => archive.close())
  return archive
}

export function newEvents(count: number, from = 0): NewEvent[] {
  const { events } = batchOf(auditEvents(count, from), lineFormat('native'))
  return events.map(({ uid, timestamp, payload }) => ({ uid, timestamp, line: payload }))
}
