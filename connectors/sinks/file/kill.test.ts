import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, it } from 'vitest'
import { lineFormat } from '../../../src/formats/formats.ts'
import { auditEvents } from '../../../test/conformance/batches.ts'
import { write } from '../../../test/conformance/deliver.ts'
import { openFile, scratchFolder } from './scratch.ts'

it.each(['native', 'csv'] as const)(
  'a killed writer of %s leaves complete lines, and everything that it reported',
  async (name) => {
    const path = join(await scratchFolder(), 'audit.log')
    const format = lineFormat(name)
    const linesOf = (count: number, from = 0) => auditEvents(count, from).map((event) => format.encode(event))
    let reported = 0
    for (const reports of [1, 2, 1]) {
      reported = await killAfter(reports, [path, name, String(reported)])

      // Opening mends; this line stands for what the next engine writes.
      const { sink, batchOf } = openFile({ path, format: name })
      expect(await write(sink, batchOf(1, 999_999))).toEqual([{ kind: 'delivered' }])
      await sink.close()

      const mark = linesOf(1, 999_999)
      const expected = linesOf(reported + IN_FLIGHT)
      const held = (await readFile(path, 'utf8')).split(format.lineEnd)
      expect(held.slice(-2)).toEqual([...mark, ''])
      const known = new Set([...expected, ...mark, format.header ?? '', ''])
      expect(held.filter((line) => !known.has(line))).toEqual([])
      const found = new Set(held)
      expect(expected.slice(0, reported).filter((line) => !found.has(line))).toEqual([])
    }
  },
)

/** The batch of `fixtures/writer.ts` that was not reported yet. */
const IN_FLIGHT = 2000

/** Kills a writer in the midst of what follows its `reports`-th report; answers the last report. */
async function killAfter(reports: number, args: readonly string[]): Promise<number> {
  const script = join(import.meta.dirname, 'fixtures/writer.ts')
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  let reported = 0
  let count = 0
  for await (const line of createInterface(child.stdout)) {
    reported = Number(line)
    if (++count === reports) child.kill('SIGKILL')
  }
  expect((await ended)[1]).toBe('SIGKILL')
  return reported
}
