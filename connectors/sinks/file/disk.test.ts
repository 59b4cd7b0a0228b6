import { execFileSync } from 'node:child_process'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { deliver, write } from '../../../test/conformance/deliver.ts'
import { PATIENCE_MS } from '../../../test/patience.ts'
import { openFile, scratchFolder } from './scratch.ts'

let disk: string

/** A file system of its own, 256 KiB large. Mounting takes root. */
beforeEach(async ({ skip }) => {
  disk = await scratchFolder()
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', disk], { stdio: 'pipe' })
  } catch {
    skip('not allowed to mount a file system')
  }
  onTestFinished(() => void execFileSync('umount', ['-l', disk]))
})

describe.each(['native', 'csv'])('a disk that fills up while %s is written', (format) => {
  it('is a retry that leaves no part of the batch, until space comes back', async () => {
    const path = join(disk, 'audit.log')
    await writeFile(join(disk, 'ballast'), Buffer.alloc(100_000))
    const { sink, batchOf } = openFile({ path, format })
    await write(sink, batchOf(100))
    const before = await readFile(path, 'utf8')

    const large = batchOf(1500, 100)
    for (const _ of [1, 2]) {
      const [outcome] = await write(sink, large)
      expect(outcome).toMatchObject({
        kind: 'retry',
        reason: expect.stringContaining('the disk is full; free space'),
      })
      expect(await readFile(path, 'utf8')).toBe(before)
    }

    await rm(join(disk, 'ballast'))
    const small = { ...large, events: large.events.slice(0, 150) }
    expect((await deliver(sink, small)).delivered).toHaveLength(150)
    const added = (await readFile(path, 'utf8')).slice(before.length)
    const lineEnd = format === 'csv' ? '\r\n' : '\n'
    expect(added).toBe(small.events.map(({ payload }) => Buffer.from(payload).toString() + lineEnd).join(''))
  })
})

it('a read-only file system pauses', async () => {
  execFileSync('mount', ['-o', 'remount,ro', disk])
  const { sink, batchOf } = openFile({ path: join(disk, 'audit.ndjson') })
  expect(await write(sink, batchOf(1))).toMatchObject([
    { kind: 'pause', reason: expect.stringContaining('the file system is read-only') },
  ])
  const result = await sink.check?.(AbortSignal.timeout(PATIENCE_MS))
  expect(result).toMatchObject({ ok: false, detail: expect.stringContaining('read-only') })
})
