/** The line that is named is the one that is wrong, as an editor counts. */
import { appendFile, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { definition } from '../../connectors/sinks/file/index.ts'
import { auditEvents, batchOf } from '../conformance/batches.ts'
import { write } from '../conformance/deliver.ts'
import { openSink } from '../conformance/open-sink.ts'
import { inFolder, verifyPath } from './outputs.ts'

async function deliver(folder: string, options: Record<string, unknown>, count = 6): Promise<string> {
  const path = join(folder, 'audit.ndjson')
  const { sink, format } = openSink(definition, { path, ...options })
  await write(sink, batchOf(auditEvents(count), format))
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

it('names it in a file of many pieces too, and goes on to other files', async () => {
  for (const name of ['audit.ndjson', 'audit.ndjson.gz']) {
    await inFolder(async (folder) => {
      const path = await deliver(folder, {}, 1_000)
      const whole = await readFile(path)
      await writeFile(join(folder, 'other.ndjson'), whole)
      const text = whole.toString().split('\n').toSpliced(3, 0, '{"uid":').join('\n')
      await rm(path)
      await writeFile(join(folder, name), name.endsWith('.gz') ? gzipSync(text) : text)
      const { faults, events } = await verifyPath(folder)
      expect(faults).toMatchObject([{ kind: 'damaged', line: 4, file: expect.stringContaining(name) }])
      expect(events).toBe(1_003)
    })
  }
})

it('names an added line that has a uid and little else, in words', async () => {
  await inFolder(async (folder) => {
    const path = await deliver(folder, {})
    const uid = 'f'.repeat(64)
    await appendFile(path, `${JSON.stringify({ uid, timestamp: 1_795_384_721, description: 'x' })}\n`)
    const { faults } = await verifyPath(path)
    expect(faults).toMatchObject([{ kind: 'changed', line: 7, uid }])
    expect(faults[0]?.message).toContain('the uid does not follow from the fields')
  })
})
