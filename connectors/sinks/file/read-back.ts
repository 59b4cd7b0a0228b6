/** Reads the file and those that it was rotated into, whoever rotates it. */
import { type FileHandle, open, readdir } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import type { SinkContext } from '../../../src/connector.ts'
import type { Stored } from '../../../src/formats/read-back.ts'
import { openStored, storedLines } from '../../../src/integrity/stored-lines.ts'
import { movedFiles } from '../../../src/lib/moved-files.ts'
import { unlessGone } from '../../../src/lib/unless-gone.ts'
import type { Config } from './config.ts'
import { groupByStem } from './rotation.ts'

export async function* readFiles(
  { path, rotate }: Pick<Config, 'path' | 'rotate'>,
  { format }: Pick<SinkContext, 'format'>,
  signal: AbortSignal,
): AsyncGenerator<Stored> {
  const folder = dirname(path)
  const linesOf = ({ name, file }: { name: string; file: FileHandle }) =>
    storedLines(name, file.createReadStream({ signal }), format)
  // Opened first, so that it is read even if it is rotated away meanwhile.
  const opening = [unlessGone(open(path)).then((file) => file && { name: basename(path), file })]
  try {
    const [live] = await Promise.all(opening)
    const names = (await unlessGone(readdir(folder))) ?? []
    const moved = movedFiles(names, path)
    // At once: the next rotation gives the numbered ones other names.
    opening.push(...moved.map(({ stem }) => openStored(folder, [stem])))
    const [, ...opened] = await Promise.all(opening)
    yield { kind: 'rotated', isSeen: rotate !== undefined || moved.length > 0 }
    for (const { unreadable } of moved) {
      if (unreadable !== undefined) yield `${unreadable}: can't be read, as neither plain, .gz nor .zst`
    }
    for (const own of groupByStem(names, path)) {
      const one = await openStored(folder, own.names)
      // Deleted since the folder was listed.
      if (one !== undefined) yield* linesOf(one)
    }
    for (const one of [...opened, live]) if (one !== undefined) yield* linesOf(one)
  } finally {
    for (const one of await Promise.allSettled(opening)) {
      if (one.status === 'fulfilled') await one.value?.file.close().catch(() => undefined)
    }
  }
}
