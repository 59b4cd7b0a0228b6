/**
 * One chain over a file and those it is rotated into. Where it ends is read from the file itself; beside it lies
 * `<file>.head`, which names the last event, so that events cut off at the end show, and an empty file is gone on with.
 */
import { type FileHandle, open, readFile, rename } from 'node:fs/promises'
import { NO_TIP, type Tip, tipOf } from './chain.ts'

/** The chain can't be gone on with until an operator has looked. */
export class BrokenChain extends Error {
  override readonly name = 'BrokenChain'
}

export function headPath(path: string): string {
  return `${path}.head`
}

/** Where the file's next line is linked to. `size` is the file's, which ends in a whole line. */
export async function readTip(path: string, handle: FileHandle, size: number): Promise<Tip> {
  const head = await readHead(path)
  if (size === 0) return head
  const tip = tipOf(await lastLine(handle, size))
  if (tip === undefined) {
    throw new BrokenChain(
      'its last event carries no chain, so `integrity: chain` can not go on; move the file away',
    )
  }
  if (tip.sequence < head.sequence) {
    throw new BrokenChain(
      `it ends at event ${tip.sequence} of its chain, but ${headPath(path)} says ${head.sequence}: events at its end are missing; look at it with \`npx auditferry verify\`, then move both away`,
    )
  }
  // A kill between the line and the head leaves the head behind: before the file is moved away it must be right.
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
  const file = await open(aside, 'w', 0o640)
  try {
    await file.writeFile(`${JSON.stringify(tip)}\n`)
    await file.datasync()
  } finally {
    await file.close()
  }
  await rename(aside, headPath(path))
}

/** A file that isn't there is the head of an empty chain. Throws BrokenChain. */
async function readHead(path: string): Promise<Tip> {
  const text = await readFile(headPath(path), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (text === undefined) return NO_TIP
  const tip = parseHead(text)
  if (tip !== undefined) return tip
  throw new BrokenChain(`${headPath(path)} can't be read as the head of a chain; move it away`)
}

export function parseHead(text: string): Tip | undefined {
  const [, sequence, own, uid, line] = HEAD.exec(text) ?? []
  if (own === undefined || uid === undefined) return undefined
  return { sequence: Number(sequence), hash: own, uid, line: Number(line) }
}

/** Bytes that hold the last line, read from the end. */
async function lastLine(handle: FileHandle, size: number): Promise<Buffer> {
  for (let length = CHUNK; ; length *= 4) {
    const from = Math.max(0, size - length)
    const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(size - from), 0, size - from, from)
    const tail = buffer.subarray(0, bytesRead)
    if (from === 0 || tail.lastIndexOf(LINE_FEED, -2) !== -1) return tail
  }
}

const HEAD =
  /^\{"sequence":(\d{1,15}),"hash":"([0-9a-f]{64})","uid":"([0-9a-f]{0,64})","line":(\d{1,15})\}\n$/
const CHUNK = 1 << 16
const LINE_FEED = 0x0a
