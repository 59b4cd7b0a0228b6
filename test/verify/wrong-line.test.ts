/** The line that is named is the one that is wrong, counted as an editor does. */
import { appendFile, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { definition } from '../../connectors/sinks/file/index.ts'
import { linkObject } from '../../src/integrity/chain.ts'
import { auditEvents, batchOf } from '../conformance/batches.ts'
import { write } from '../conformance/deliver.ts'
import { openSink } from '../conformance/open-sink.ts'
import { inFolder, verifyPath } from './outputs.ts'

async function deliver(
  folder: string,
  options: Record<string, unknown>,
  count = 6,
  name = 'audit.ndjson',
): Promise<string> {
  const path = join(folder, name)
  const { sink, format } = openSink(definition, { path, ...options })
  await write(sink, batchOf(auditEvents(count), format))
  await sink.close()
  return path
}

it.each([
  ['an empty line', ''],
  ['a line that is no JSON', 'no event'],
])('names %s that was inserted', async (_, inserted) => {
  for (const integrity of ['none', 'chain']) {
    await inFolder(async (folder) => {
      const path = await deliver(folder, { integrity })
      const lines = (await readFile(path, 'utf8')).split('\n')
      await writeFile(path, lines.toSpliced(3, 0, inserted).join('\n'))
      expect((await verifyPath(path)).faults).toMatchObject([{ kind: 'damaged', line: 4 }])
    })
  }
})

it.each([
  ['\n', 1, 'the line is empty'],
  ['\ufeff', 1, 'the line begins with a byte order mark'],
  ['\0\0\0\0\n', 1, 'the line holds zero bytes'],
  ['no event\n', 1, 'the line is no JSON'],
])('says what is wrong with it: %j', async (inserted, line, what) => {
  await inFolder(async (folder) => {
    const path = await deliver(folder, {})
    await writeFile(path, inserted + (await readFile(path, 'utf8')))
    const message = expect.stringContaining(`can't be read any further: ${what}`)
    expect((await verifyPath(path)).faults).toMatchObject([{ kind: 'damaged', line, message }])
  })
})

it('says that zero bytes follow the last line', async () => {
  await inFolder(async (folder) => {
    const path = await deliver(folder, {})
    await appendFile(path, Buffer.alloc(4_096))
    const { faults, notes } = await verifyPath(path)
    expect([faults, notes]).toEqual([[], expect.arrayContaining([expect.stringContaining(':7: zero bytes')])])
  })
})

it('names it in a file of many pieces too, and continues with other files', async () => {
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

it('names the damage of a chained object, not the events at its end that can not be read', async () => {
  await inFolder(async (folder) => {
    const lines = (await readFile(await deliver(folder, {}, 1_000), 'utf8')).split('\n').slice(0, -1)
    const linked = linkObject(lines.map(Buffer.from), lines.length)
    const object = gzipSync([...linked].map((line) => `${line}\n`).join(''))
    const path = join(folder, 'object.ndjson.gz')
    for (const damaged of [object.subarray(0, -20), Buffer.concat([object, Buffer.from('more')])]) {
      await writeFile(path, damaged)
      expect((await verifyPath(path)).faults).toMatchObject([{ kind: 'damaged', line: expect.any(Number) }])
    }
  })
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

it('distinguishes a last line that is being written from one that was changed, in CSV too', async () => {
  for (const format of ['native', 'csv']) {
    await inFolder(async (folder) => {
      const name = format === 'csv' ? 'audit.csv' : 'audit.ndjson'
      const path = await deliver(folder, { format }, 6, name)
      const whole = await readFile(path)
      for (const cut of [1, 40]) {
        await writeFile(path, whole.subarray(0, -cut))
        const { faults, events, notes } = await verifyPath(path)
        expect([faults, events]).toEqual([[], 5])
        const line = format === 'csv' ? 7 : 6
        expect(notes[0]).toBe(
          `${path}:${line}: the last line is not whole: it is being written, or a kill broke it off`,
        )
        expect(notes.join()).not.toContain('no uids')
      }
    })
  }
})

it('does not say of a file with one wrong line that none was checked', async () => {
  await inFolder(async (folder) => {
    const path = await deliver(folder, { format: 'csv' }, 6, 'audit.csv')
    const rows = (await readFile(path, 'utf8')).split('\r\n')
    await writeFile(path, rows.toSpliced(3, 0, 'no event').join('\r\n'))
    const { faults, notes } = await verifyPath(path)
    expect(faults).toMatchObject([{ kind: 'changed', line: 4 }])
    expect(notes.join()).not.toContain('no uids')
  })
})

it.each(['', 'hello'])('does not pass over an archive that holds %j by now', async (text) => {
  await inFolder(async (folder) => {
    await deliver(folder, { integrity: 'chain' })
    const path = join(folder, 'kept.db')
    await writeFile(path, text)
    expect((await verifyPath(path)).faults).toMatchObject([{ kind: 'damaged', file: path }])
    expect((await verifyPath(folder)).notes).toEqual(['kept.db: is no archive, so nothing in it was checked'])
  })
})
