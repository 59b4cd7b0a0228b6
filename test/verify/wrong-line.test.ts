/** The line that is named is the one that is wrong, as an editor counts. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { definition } from '../../connectors/sinks/file/index.ts'
import { auditEvents, batchOf } from '../conformance/batches.ts'
import { write } from '../conformance/deliver.ts'
import { openSink } from '../conformance/open-sink.ts'
import { inFolder, verifyPath } from './outputs.ts'

async function deliver(folder: string, options: Record<string, unknown>): Promise<string> {
  const path = join(folder, 'audit.ndjson')
  const { sink, format } = openSink(definition, { path, ...options })
  await write(sink, batchOf(auditEvents(6), format))
  await sink.close()
  return path
}

it.each([
  ['an empty line', ''],
  ['a line that is no JSON', 'no event'],
])('names %s that was put in', async (_, inserted) => {
  for (const integrity of ['none', 'chain']) {
    await inFolder(async (folder) => {
      const path = await deliver(folder, { integrity })
      const lines = (await readFile(path, 'utf8')).split('\n')
      await writeFile(path, lines.toSpliced(3, 0, inserted).join('\n'))
      expect((await verifyPath(path)).faults).toMatchObject([{ kind: 'damaged', line: 4 }])
    })
  }
})
