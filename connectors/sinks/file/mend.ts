/** A writer that was killed leaves part of a line. Its events were never reported as delivered. */
import type { FileHandle } from 'node:fs/promises'
import type { LineFormat } from '../../../src/formats/format.ts'
import { createCsvScanner, LINE_FEED, mayHold } from './encode.ts'
import { UnsuitableFile } from './failure.ts'

/** Cuts a torn last line off; answers how many bytes went. Throws if the file holds something else. */
export async function mendTornLine(handle: FileHandle, format: LineFormat): Promise<number> {
  const { size } = await handle.stat()
  if (size === 0) return 0
  // Another format's file would look like one long torn line.
  if (!mayHold(await readAt(handle, 0, CHUNK), format)) {
    throw new UnsuitableFile(
      `the file holds something else than ${format.name}; move it away or choose another path`,
    )
  }
  const end = format.header === undefined ? await lastLineEnd(handle, size) : await lastRecordEnd(handle)
  if (end === size) return 0
  await handle.truncate(end)
  await handle.datasync()
  return size - end
}

/** Without quoting a line feed is always a line's end, so looking at the tail is enough. */
async function lastLineEnd(handle: FileHandle, size: number): Promise<number> {
  for (let to = size; to > 0; to -= CHUNK) {
    const from = Math.max(0, to - CHUNK)
    const lineFeed = (await readAt(handle, from, to - from)).lastIndexOf(LINE_FEED)
    if (lineFeed !== -1) return from + lineFeed + 1
  }
  return 0
}

async function lastRecordEnd(handle: FileHandle): Promise<number> {
  const scanner = createCsvScanner()
  for (let offset = 0; ; ) {
    const chunk = await readAt(handle, offset, CHUNK)
    if (chunk.length === 0) return scanner.end()
    scanner.push(chunk)
    offset += chunk.length
  }
}

const CHUNK = 1 << 18

async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(length), 0, length, position)
  return buffer.subarray(0, bytesRead)
}
