/** An archive in SQLite on a full disk, and on one that it may not write to. */
import { execFileSync } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { openFolder } from '../../src/verify/folder.ts'
import { verify } from '../../src/verify/verify.ts'
import { mountSmallDisk } from '../e2e/small-disk.ts'
import { PATIENCE_MS } from '../patience.ts'
import { newEvents, openArchive, scratchPath } from './rig.ts'

const soon = () => AbortSignal.timeout(PATIENCE_MS)

/** A folder on a file system of its own; undefined if none may be mounted. */
async function diskOf(size: `${number}k`, files?: number): Promise<string | undefined> {
  const folder = dirname(await scratchPath())
  const site = { path: (name: string) => `${folder}/${name}`, defer: onTestFinished }
  return mountSmallDisk(site, 'disk', size, files) ? site.path('disk') : undefined
}

it('keeps nothing of a batch for which the disk has no room, and takes it once there is room', async (context) => {
  const disk = await diskOf('4096k')
  if (disk === undefined) return context.skip('mounting takes root')
  const ballast = `${disk}/ballast`
  await writeFile(ballast, Buffer.alloc(2 << 20))
  const path = `${disk}/archive.db`
  const archive = openArchive(path)
  let held = 0
  const more = async () => {
    for (;;) held += (await archive.append(newEvents(500, held))).added
  }
  await expect(more()).rejects.toMatchObject({
    kind: 'retry',
    message: expect.stringMatching(/the disk is full.*; free space on its file system/),
  })
  expect(held).toBeGreaterThan(0)
  expect((await archive.extent(soon())).events).toBe(held)
  await rm(ballast)
  expect((await archive.append(newEvents(500, held))).added).toBe(500)
  await archive.close()
  const rules = { redacted: false, publicKey: undefined, anchor: undefined }
  expect(await verify(await openFolder(path), rules)).toMatchObject({ ok: true, events: held + 500 })
})

it.for([0, 1, 2, 3, 4])(
  'starts once the disk, which takes only %i files, takes more',
  async (files, context) => {
    const disk = await diskOf('4096k', files)
    if (disk === undefined) return context.skip('mounting takes root')
    const archive = openArchive(`${disk}/archive.db`)
    await expect(archive.append(newEvents(3))).rejects.toMatchObject({
      kind: 'retry',
      message: expect.stringMatching(/the disk is full.*; free space on its file system/),
    })
    execFileSync('mount', ['-o', 'remount,nr_inodes=100', disk])
    expect((await archive.append(newEvents(3))).added).toBe(3)
  },
)

it.for([12, 20, 28, 36, 44])(
  'calls a disk full that has %i KiB left when it starts',
  async (free, context) => {
    const disk = await diskOf('128k')
    if (disk === undefined) return context.skip('mounting takes root')
    const ballast = `${disk}/ballast`
    await writeFile(ballast, Buffer.alloc((128 - free) << 10))
    const archive = openArchive(`${disk}/archive.db`)
    await expect(archive.append(newEvents(3))).rejects.toMatchObject({
      kind: 'retry',
      message: expect.stringMatching(/the disk is full.*; free space on its file system/),
    })
  },
)

it('pauses on a read-only file system, and writes on when it is writable again', async (context) => {
  const disk = await diskOf('4096k')
  if (disk === undefined) return context.skip('mounting takes root')
  const archive = openArchive(`${disk}/archive.db`)
  const mount = (how: string) => execFileSync('mount', ['-o', `remount,${how}`, disk])
  mount('ro')
  await expect(archive.append(newEvents(3))).rejects.toMatchObject({
    kind: 'pause',
    message: expect.stringMatching(/the file system is read-only|it can’t be written.*; give the user/),
  })
  mount('rw')
  expect((await archive.append(newEvents(3))).added).toBe(3)
  await archive.close()
  mount('ro')
  await expect(openArchive(`${disk}/archive.db`).append(newEvents(3, 3))).rejects.toMatchObject({
    kind: 'pause',
  })
})
