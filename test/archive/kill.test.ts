/** What a killed writer leaves behind. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, it } from 'vitest'
import { openFolder } from '../../src/verify/folder.ts'
import { verify } from '../../src/verify/verify.ts'
import { PATIENCE_MS } from '../patience.ts'
import { newEvents, openArchive, scratchPath } from './rig.ts'

const RULES = { redacted: false, publicKey: undefined, anchor: undefined }

it('loses and doubles nothing when its process is killed', async () => {
  const path = await scratchPath()
  let durable = 0
  for (const reports of [1, 3]) durable = await killAfter(reports, path, durable)
  const archive = openArchive(path)
  const { events } = await archive.extent(AbortSignal.timeout(PATIENCE_MS))
  // A batch that was not yet reported is there completely, or not at all.
  expect([durable, durable + 500]).toContain(events)
  expect((await archive.append(newEvents(durable))).added).toBe(0)
  expect((await archive.append(newEvents(500, durable))).added).toBe(durable + 500 - events)
  await archive.close()
  expect(await verify(await openFolder(path), RULES)).toMatchObject({
    ok: true,
    events: durable + 500,
    faults: [],
  })
})

/** Kills a writer while it does what follows its `reports`-th report; returns the last report. */
async function killAfter(reports: number, path: string, from: number): Promise<number> {
  const script = join(import.meta.dirname, 'append-until-killed.ts')
  const child = spawn(process.execPath, [script, path, String(from)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'exit')
  let [reported, count] = [from, 0]
  for await (const line of createInterface(child.stdout)) {
    reported = Number(line)
    if (++count === reports) child.kill('SIGKILL')
  }
  expect((await ended)[1]).toBe('SIGKILL')
  return reported
}
