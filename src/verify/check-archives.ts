/** Finds the SQLite archives among the files, by what SQLite writes at the beginning of a file. */
import { open } from 'node:fs/promises'
import { checkArchiveFile } from '../archive/sqlite/check-file.ts'
import { APPLICATION_ID } from '../archive/sqlite/ddl.ts'
import type { Fault } from './finding.ts'
import type { Place } from './folder.ts'

interface Archives {
  readonly paths: ReadonlySet<string>
  readonly events: number
  readonly faults: readonly Fault[]
  readonly notes: readonly string[]
}

/** Files that end in `.db`, or a single file whatever its ending. */
export async function checkArchives({ entries, isFile, pathOf }: Place): Promise<Archives> {
  const paths = new Set<string>()
  const faults: Fault[] = []
  const notes: string[] = []
  let events = 0
  for (const { path } of pathOf === undefined ? [] : entries) {
    const local = pathOf?.(path) ?? path
    const isNamed = path.endsWith('.db')
    if (!(isFile || isNamed)) continue
    if (!(await isArchive(local))) {
      if (isFile && isNamed) {
        paths.add(path)
        faults.push({ kind: 'damaged', file: path, message: 'it is no archive, or none any more' })
      } else if (isNamed) notes.push(`${path}: is no archive, so nothing in it was checked`)
      continue
    }
    paths.add(path)
    const checked = await checkArchiveFile(local)
    events += checked.events
    faults.push(...checked.faults.map((fault) => ({ ...fault, file: path })))
    notes.push(...checked.notes.map((note) => `${path}: ${note}`))
  }
  return { paths, events, faults, notes }
}

/** https://sqlite.org/fileformat.html, 1.3: the application's number is at byte 68. */
async function isArchive(path: string): Promise<boolean> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(72), 0, 72, 0)
    return (
      bytesRead === 72 &&
      buffer.toString('latin1', 0, 15) === 'SQLite format 3' &&
      buffer.readUInt32BE(68) === APPLICATION_ID
    )
  } finally {
    await file.close()
  }
}
