/**
 * A file that only grows by whole lines. Closed → open (mended, positioned at its end) → closed again by a failure, by
 * `reopen`, by a rotation, or because the path no longer leads to it.
 */
import { type FileHandle, open, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { SinkContext } from '../../../src/connector.ts'
import { tipOf } from '../../../src/integrity/chain.ts'
import { endsInChain, readTip, writeHead } from '../../../src/integrity/file-chain.ts'
import { makeFolder } from '../../../src/lib/folder.ts'
import { unlessGone } from '../../../src/lib/unless-gone.ts'
import { checkAppend } from './check.ts'
import type { Content, Output } from './client.ts'
import type { Config } from './config.ts'
import { mendTornLine } from './mend.ts'
import { statRegularFile } from './regular-file.ts'
import { createRotation, syncFolder } from './rotation.ts'

export function createAppendFile(config: Config, context: SinkContext): Output {
  const { path } = config
  const isChained = config.integrity === 'chain'
  const rotation = createRotation(config, context)
  let file: FileHandle | undefined
  let openedAt = 0

  async function append(content: Content): Promise<void> {
    const linesAt = async ({ file, size }: { file: FileHandle; size: number }) =>
      content(size === 0, isChained ? await readTip(path, file, size) : undefined)
    let place = await openAtPath()
    let bytes = await linesAt(place)
    if (rotation.isDue(place, bytes.length)) {
      await closeFile()
      await rotation.moveAway()
      place = await openAtPath()
      bytes = await linesAt(place)
    }
    await writeWhole(place.file, place.size, bytes)
  }

  /** Opens what the path leads to now, unless it is open: a log rotator may have moved the file away. */
  async function openAtPath(): Promise<{ file: FileHandle; size: number; bornAt: number }> {
    if (file !== undefined) {
      const [here, there] = await Promise.all([file.stat(EXACT), unlessGone(stat(path, EXACT))])
      if (here.dev !== there?.dev || here.ino !== there.ino) await closeFile()
    }
    file ??= await openMended()
    const { size, birthtimeMs } = await file.stat()
    // Some file systems do not record a birth time, which then reads as 0.
    return { file, size, bornAt: birthtimeMs > 0 ? birthtimeMs : openedAt }
  }

  async function openMended(): Promise<FileHandle> {
    makeFolder(dirname(path))
    await statRegularFile(path)
    // Readable as well, for mending.
    const handle = await open(path, 'a+', 0o640)
    try {
      const cut = await mendTornLine(handle, context.format)
      if (!isChained && (await endsInChain(handle, (await handle.stat()).size))) {
        const cure = `move it and ${path}.head away before it is switched on again, or the sink pauses`
        context.logger.warn(`events without a chain are added to a file that has one; ${cure}`, { path })
      }
      if (cut > 0) context.logger.warn('cut off a torn last line', { path, bytes: cut })
      await syncFolder(dirname(path))
    } catch (error) {
      await handle.close()
      throw error
    }
    rotation.tidy()
    openedAt = context.now()
    return handle
  }

  async function writeWhole(handle: FileHandle, size: number, bytes: Uint8Array): Promise<void> {
    try {
      await handle.writeFile(bytes)
      await handle.datasync()
      if ((await handle.stat()).nlink === 0) throw new Error('the file was removed while it was written to')
      if (isChained) await writeHead(path, tipOf(bytes))
    } catch (error) {
      // Half a batch must not stay, nor pages that may be lost according to fdatasync. What can't be
      // cut off now is mended at the next open.
      await cutBack(handle, size).catch(() => {})
      await closeFile()
      throw error
    }
  }

  async function closeFile(): Promise<void> {
    const closing = file
    file = undefined
    await closing?.close()
  }

  return {
    append,
    reopen: closeFile,
    check: () => checkAppend(path),
    async close() {
      await closeFile()
      await rotation.close()
    },
  }
}

/** Some file systems use all 64 bits of an inode's number. */
const EXACT = { bigint: true } as const

/** Never grows the file: someone else may have emptied it meanwhile. */
async function cutBack(handle: FileHandle, size: number): Promise<void> {
  if ((await handle.stat()).size > size) await handle.truncate(size)
}
