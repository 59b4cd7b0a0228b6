/**
 * One chain over a file and those it is rotated into. Its end is read from the file itself; beside it lies `<file>.head`,
 * which names the last event, so that a cut-off end is noticed, and an empty file can be continued.
 */
import { type FileHandle, readFile, rename, writeFile } from 'node:fs/promises'
import { OperationError } from '../errors.ts'
import { endOfLastLine, readAt } from '../lib/file-tail.ts'
import { unlessGone } from '../lib/unless-gone.ts'
import { NO_TIP, type Tip, tipOf } from './chain.ts'

export function headPath(path: string): string {
  return `${path}.head`
}

/** Where the file's next line is linked to. `size` is the file's, which ends in a whole line. */
export async function readTip(path: string, handle: FileHandle, size: number): Promise<Tip> {
  const head = await readHead(path)
  if (size === 0) return head
  const tip = tipOf(await lastLine(handle, size))
  if (tip === undefined) {
    throw new OperationError(
      'its last event carries no chain, so `integrity: chain` cannot go on; move the file away',
    )
  }
  if (tip.sequence < head.sequence) {
    throw new OperationError(
      `it ends at event ${tip.sequence} of its chain, but ${headPath(path)} says ${head.sequence}: events at its end are missing; look at it with \`npx auditferry verify\`, then move both away`,
    )
  }
  // A kill between line and head leaves the head out of date; it must be right before the file is moved away.
  if (tip.hash !== head.hash) await writeHead(path, tip)
  return tip
}

/** Whether the file's last event carries a chain. `size` is the file's, which ends in a whole line. */
export async function endsInChain(handle: FileHandle, size: number): Promise<boolean> {
  return size > 0 && tipOf(await lastLine(handle, size)) !== undefined
}

export async function writeHead(path: string, tip: Tip | undefined): Promise<void> {
  if (tip === undefined) return
  const aside = `${headPath(path)}.tmp`
  await writeFile(aside, `${JSON.stringify(tip)}\n`, { mode: 0o640, flush: true })
  await rename(aside, headPath(path))
}

/** A missing file means the head of an empty chain. Throws OperationError. */
async function readHead(path: string): Promise<Tip> {
  const text = await unlessGone(readFile(headPath(path), 'utf8'))
  if (text === undefined) return NO_TIP
  const tip = parseHead(text)
  if (tip !== undefined) return tip
  throw new OperationError(`${headPath(path)} can't be read as the head of a chain; move it away`)
}

export function parseHead(text: string): Tip | undefined {
  const [, sequence, own, uid, line] = HEAD.exec(text) ?? []
  if (own === undefined || uid === undefined) return undefined
  return { sequence: Number(sequence), hash: own, uid, line: Number(line) }
}

async function lastLine(handle: FileHandle, size: number): Promise<Buffer> {
  const start = await endOfLastLine(handle, size - 1)
  return readAt(handle, start, size - start)
}

const HEAD =
  /^\{"sequence":(\d{1,15}),"hash":"([0-9a-f]{64})","uid":"([0-9a-f]{0,64})","line":(\d{1,15})\}\n$/
