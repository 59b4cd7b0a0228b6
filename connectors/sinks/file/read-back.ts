/** What lies in the file and in those that were rotated away. */
import { type FileHandle, open, readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { SinkContext } from '../../../src/connector.ts'
import type { StoredEvent } from '../../../src/formats/read-back.ts'
import { storedLines } from '../../../src/lib/stored-lines.ts'
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
    for (const { names } of groupByStem(await namesIn(folder), path)) {
      const opened = await openFirst(folder, names)
      // Deleted since the folder was listed.
      if (opened === undefined) continue
      yield* storedLines(opened.name, opened.file.createReadStream({ signal }), format)
    }
    if (live !== undefined) yield* storedLines(basename(path), live.createReadStream({ signal }), format)
  } finally {
    await live?.close().catch(() => undefined)
  }
}

/** The plain file is deleted when the compressed one is whole. */
async function openFirst(
  folder: string,
  names: readonly string[],
): Promise<{ name: string; file: FileHandle } | undefined> {
  const [plain = ''] = names.toSorted((a, b) => a.length - b.length)
  const stem = plain.replace(/(\.gz|\.zst)?(\.tmp)?$/, '')
  for (const name of [stem, `${stem}.gz`, `${stem}.zst`]) {
    const file = await unlessGone(open(join(folder, name)))
    if (file !== undefined) return { name, file }
  }
  return undefined
}

async function namesIn(folder: string): Promise<string[]> {
  return (await unlessGone(readdir(folder))) ?? []
}

async function unlessGone<Result>(work: Promise<Result>): Promise<Result | undefined> {
  return work.catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
}
