/** What lies in the file and in those that were rotated away. */
import { open, readdir } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import type { SinkContext } from '../../../src/connector.ts'
import type { StoredEvent } from '../../../src/formats/read-back.ts'
import { openStored, storedLines } from '../../../src/lib/stored-lines.ts'
import { unlessGone } from '../../../src/lib/unless-gone.ts'
import { groupByStem } from './rotation.ts'

export async function* readFiles(
  path: string,
  { format }: SinkContext,
  signal: AbortSignal,
): AsyncGenerator<StoredEvent | string> {
  const folder = dirname(path)
  // Opened first: rotated away meanwhile it is read all the same.
  const live = await unlessGone(open(path))
  try {
    for (const { names } of groupByStem((await unlessGone(readdir(folder))) ?? [], path)) {
      const opened = await openStored(folder, names)
      // Deleted since the folder was listed.
      if (opened === undefined) continue
      yield* storedLines(opened.name, opened.file.createReadStream({ signal }), format)
    }
    if (live !== undefined) yield* storedLines(basename(path), live.createReadStream({ signal }), format)
  } finally {
    await live?.close().catch(() => undefined)
  }
}
