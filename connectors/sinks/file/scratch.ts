/** For the tests of this folder: a scratch folder and sinks that write into it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { auditEvents, batchOf } from '../../../test/conformance/batches.ts'
import { openSink } from '../../../test/conformance/open-sink.ts'
import { definition } from './index.ts'

export async function scratchFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'auditferry-file-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return folder
}

export function openFile(options: Record<string, unknown>, now?: () => number) {
  const it = openSink(definition, options, now)
  onTestFinished(() => it.sink.close())
  return { ...it, batchOf: (count: number, from = 0) => batchOf(auditEvents(count, from), it.format) }
}
