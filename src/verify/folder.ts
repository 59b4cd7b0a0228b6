/** The files to verify, by their paths, on a disk or in a bucket. */
import { createReadStream } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import type { Readable } from 'node:stream'
import { errorCode, messageOf, OperationError } from '../errors.ts'
import { headPath } from '../integrity/file-chain.ts'

export interface Place {
  /** As the operator gave it. */
  readonly name: string
  /** A single file was named, whatever its ending. */
  readonly isFile: boolean
  readonly entries: readonly Entry[]
  /** The part of its objects' keys that precedes their paths; absent where that is not known. */
  readonly prefix?: string
  /** Where a file is on this machine's disks; absent if it is elsewhere. */
  pathOf?(path: string): string
  read(path: string): Promise<Readable>
  readWhole(path: string): Promise<Buffer>
  close(): void
}

export interface Entry {
  readonly path: string
  /** Milliseconds, if the store reports it reliably. */
  readonly writtenAt?: number
}

/** A folder with everything below it, or one file. Throws OperationError if it can't be read. */
export async function openFolder(path: string): Promise<Place> {
  const found = await stat(path).catch((error: unknown) => {
    if (!isMissing(error)) throw new OperationError(`${path} can't be read: ${messageOf(error)}`)
    const cure = 'name one that is there, such as the `path` of a file sink, or s3://bucket/prefix'
    throw new OperationError(`no such file or folder: ${path}; ${cure}`)
  })
  const isFolder = found.isDirectory()
  const head = headPath(path)
  const isHeaded = !isFolder && (await stat(head).catch(() => undefined)) !== undefined
  const paths = isFolder ? await listFolder(path) : [path, ...(isHeaded ? [head] : [])]
  const at = (entry: string) => (isFolder ? join(path, entry) : entry)
  return {
    name: path,
    isFile: !isFolder,
    entries: paths.map((entry) => ({ path: entry })),
    pathOf: at,
    read: async (entry) => createReadStream(at(entry)),
    readWhole: (entry) => readFile(at(entry)),
    close() {},
  }
}

async function listFolder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort()
}

function isMissing(error: unknown): boolean {
  const code = errorCode(error)
  return code === 'ENOENT' || code === 'ENOTDIR'
}
