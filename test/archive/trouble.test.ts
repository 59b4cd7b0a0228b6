/** How an archive handles other processes, and files that are not what they should be. */
import { rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { PATIENCE_MS } from '../patience.ts'
import { newEvents, openArchive, scratchPath } from './rig.ts'

it('lets only one process write, and others read meanwhile', async () => {
  const path = await scratchPath()
  const [first, second] = [openArchive(path), openArchive(path)]
  await first.append(newEvents(3))
  await expect(second.append(newEvents(3, 3))).rejects.toMatchObject({
    kind: 'pause',
    message: expect.stringMatching(/another process writes to this archive.*; stop the other auditferry/),
  })
  expect((await second.extent(AbortSignal.timeout(PATIENCE_MS))).events).toBe(3)
  await first.close()
  expect((await second.append(newEvents(3, 3))).added).toBe(3)
})

it('belongs to the next writer once the last one has let go, and not because somebody searched it', async () => {
  const path = await scratchPath()
  const [first, second] = [openArchive(path), openArchive(path)]
  expect((await second.extent(AbortSignal.timeout(PATIENCE_MS))).events).toBe(0)
  const writing = first.append(newEvents(3))
  await first.release?.()
  expect((await writing).added).toBe(3)
  expect((await second.append(newEvents(3, 3))).added).toBe(3)
  expect((await first.extent(AbortSignal.timeout(PATIENCE_MS))).events).toBe(6)
  const [releasing, again, atLast] = [second.release?.(), second.append(newEvents(3, 6)), second.release?.()]
  expect((await again).added).toBe(3)
  await Promise.all([releasing, atLast])
  expect((await first.append(newEvents(3, 9))).added).toBe(3)
})

it.each([
  [
    'something else',
    async (path: string) => writeFile(path, 'no archive at all, but a text of some length\n'.repeat(99)),
    /no archive.*; move it away/,
  ],
  ['emptied', async (path: string) => writeFile(path, ''), /the file is empty/],
  ['cut', async (path: string) => cut(path), /damaged|no archive/],
])('pauses at a file that is %s, and says what to do', async (_, make, message) => {
  const path = await scratchPath()
  await make(path)
  await expect(openArchive(path).append(newEvents(3))).rejects.toMatchObject({
    kind: 'pause',
    message: expect.stringMatching(message),
  })
})

it('reports nothing as kept in a file that was removed, and starts a new one', async () => {
  const path = await scratchPath()
  const archive = openArchive(path)
  await archive.append(newEvents(3))
  await Promise.all([path, `${path}-wal`, `${path}-shm`].map((file) => rm(file, { force: true })))
  await expect(archive.append(newEvents(3, 3))).rejects.toMatchObject({
    kind: 'pause',
    message: expect.stringMatching(
      /archive\.db was removed or moved away while in use: bring it back; or let the new/,
    ),
  })
  expect((await archive.append(newEvents(3, 3))).added).toBe(3)
  await archive.close()
  expect((await openArchive(path).extent(AbortSignal.timeout(PATIENCE_MS))).events).toBe(3)
})

it('pauses where no file can be made', async () => {
  const path = join(await scratchPath(), 'below', 'archive.db')
  await writeFile(join(path, '../..'), 'a file')
  await expect(openArchive(path).append(newEvents(1))).rejects.toMatchObject({
    kind: 'pause',
    message: expect.stringContaining('part of the path is not a folder; check the path'),
  })
})

async function cut(path: string): Promise<void> {
  const archive = openArchive(path)
  await archive.append(newEvents(500))
  await archive.close()
  await truncate(path, 20_000)
}
