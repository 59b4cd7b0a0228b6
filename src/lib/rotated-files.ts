/** The events of a file and of those that it was rotated into, whoever rotates it. */
import { type FileHandle, open, readdir } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import type { LineFormat } from '../formats/format.ts'
import type { Stored } from '../formats/read-back.ts'
import { movedFiles } from './moved-files.ts'
import { openStored, storedLines } from './stored-lines.ts'
import { unlessGone } from './unless-gone.ts'

export interface RotatedFile {
  readonly path: string
  readonly format: LineFormat
  /** The sink rotates it itself. */
  readonly isRotated: boolean
  /** Of the folder's names, those of the files that the sink rotated away: oldest first, all names of one together. */
  own(names: readonly string[]): readonly (readonly string[])[]
}

export async function* rotatedLines(it: RotatedFile, signal: AbortSignal): AsyncGenerator<Stored> {
  const folder = dirname(it.path)
  const linesOf = ({ name, file }: { name: string; file: FileHandle }) =>
    storedLines(name, file.createReadStream({ signal }), it.format)
  // Opened first: rotated away meanwhile it is read all the same.
  const opening = [unlessGone(open(it.path)).then((file) => file && { name: basename(it.path), file })]
  try {
    const [live] = await Promise.all(opening)
    const names = (await unlessGone(readdir(folder))) ?? []
    const moved = movedFiles(names, it.path)
    // At once: the next rotation gives the numbered ones other names.
    opening.push(...moved.map(({ stem }) => openStored(folder, [stem])))
    const [, ...opened] = await Promise.all(opening)
    yield { kind: 'rotated', isSeen: it.isRotated || moved.length > 0 }
    for (const { unreadable } of moved) {
      if (unreadable !== undefined) yield `${unreadable}: can't be read, as neither plain, .gz nor .zst`
    }
    for (const all of it.own(names)) {
      const one = await openStored(folder, all)
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
