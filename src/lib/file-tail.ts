/** Reads the end of a file of lines without the rest. */
import type { FileHandle } from 'node:fs/promises'

const LINE_FEED = 0x0a
const CHUNK = 1 << 16

/** Offset after the last line feed in the first `size` bytes; 0 if there is none. */
export async function endOfLastLine(handle: FileHandle, size: number): Promise<number> {
  for (let to = size; to > 0; to -= CHUNK) {
    const from = Math.max(0, to - CHUNK)
    const lineFeed = (await readAt(handle, from, to - from)).lastIndexOf(LINE_FEED)
    if (lineFeed !== -1) return from + lineFeed + 1
  }
  return 0
}

/** Fewer bytes than `length` where the file ends before. */
export async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(length), 0, length, position)
  return buffer.subarray(0, bytesRead)
}
