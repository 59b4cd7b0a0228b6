/**
 * What an entry holds: the lines of events that were archived together, compressed.
 *
 * Layout, little endian: u32 size before compression, then a zstd frame with checksum of: u32 count, count × u32 size
 * of a line, the lines.
 */
import { promisify } from 'node:util'
import { constants, zstdCompress, zstdCompressSync, zstdDecompress, zstdDecompressSync } from 'node:zlib'
import { messageOf, OperationError } from '../errors.ts'
import { ByteWriter } from '../lib/byte-writer.ts'

const compress = promisify(zstdCompress)
const decompress = promisify(zstdDecompress)

/** More events per entry save little room, and make reading a single one more expensive. */
const ENTRY_EVENTS = 128

const SIZE_BYTES = 4
/**
 * A higher level saves 2 % of the room for twice the time. The window is just large enough for an entry: with the default
 * one, each entry takes 3 MB of fresh memory, which costs more than compressing it.
 */
const ZSTD = {
  params: {
    [constants.ZSTD_c_compressionLevel]: 1,
    [constants.ZSTD_c_windowLog]: 18,
    [constants.ZSTD_c_checksumFlag]: 1,
  },
}
const MIN_CHUNK = 1 << 14
/** Limits how much memory a damaged size can make us allocate at once. */
const MAX_CHUNK = 1 << 26

/** The events of each entry that an append makes. */
export function inEntries<Event>(events: readonly Event[]): Event[][] {
  return Array.from({ length: Math.ceil(events.length / ENTRY_EVENTS) }, (_, index) =>
    events.slice(index * ENTRY_EVENTS, (index + 1) * ENTRY_EVENTS),
  )
}

type PackEntries = (entries: readonly (readonly Uint8Array[])[]) => Promise<Uint8Array[]>

/**
 * Packs the entries of each append in turn, reusing one buffer. `isAlone`: nothing else waits for this thread, so
 * compressing in it costs less than handing over to another one and back.
 */
export function createPacker(isAlone = false): PackEntries {
  const plain = new ByteWriter()
  return async (entries) => {
    plain.clear()
    const ends = entries.map((lines) => {
      const head = Buffer.allocUnsafe(4 * (1 + lines.length))
      let at = head.writeUInt32LE(lines.length, 0)
      for (const line of lines) at = head.writeUInt32LE(line.byteLength, at)
      plain.bytes(head)
      for (const line of lines) plain.bytes(line)
      return plain.size
    })
    const written = plain.written()
    return Promise.all(ends.map((end, index) => pack(written.subarray(ends[index - 1] ?? 0, end), isAlone)))
  }
}

async function pack(plain: Uint8Array, isAlone: boolean): Promise<Uint8Array> {
  const size = Buffer.allocUnsafe(SIZE_BYTES)
  size.writeUInt32LE(plain.length)
  const chunkSize = Math.max(MIN_CHUNK, plain.length >> 3)
  const options = { ...ZSTD, chunkSize }
  return Buffer.concat([size, isAlone ? zstdCompressSync(plain, options) : await compress(plain, options)])
}

/** The lines, as views into one buffer. Throws OperationError when the payload is damaged. */
export async function unpackEntry(number: number, payload: Uint8Array): Promise<Buffer[]> {
  const { frame, chunkSize } = framed(number, payload)
  const plain = await decompress(frame, { chunkSize }).catch((error: unknown) => {
    throw damaged(number, messageOf(error))
  })
  return linesOf(number, plain)
}

/** The same within the calling thread, which is cheaper if it has nothing else to do. */
export function unpackEntrySync(number: number, payload: Uint8Array): Buffer[] {
  const { frame, chunkSize } = framed(number, payload)
  let plain: Buffer
  try {
    plain = zstdDecompressSync(frame, { chunkSize })
  } catch (error) {
    throw damaged(number, messageOf(error))
  }
  return linesOf(number, plain)
}

function framed(number: number, payload: Uint8Array): { frame: Buffer; chunkSize: number } {
  const blob = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength)
  if (blob.length <= SIZE_BYTES) throw damaged(number, 'it is cut')
  // All in one piece: each further piece is a trip to the thread pool.
  const chunkSize = Math.max(64, Math.min(blob.readUInt32LE(0), MAX_CHUNK) + 1)
  return { frame: blob.subarray(SIZE_BYTES), chunkSize }
}

function linesOf(number: number, plain: Buffer): Buffer[] {
  const count = plain.length < 4 ? Number.NaN : plain.readUInt32LE(0)
  if (!(plain.length >= 4 * (count + 1))) throw damaged(number, 'lines are missing')
  let at = 4 * (count + 1)
  const lines = Array.from({ length: count }, (_, index) => {
    const start = at
    at += plain.readUInt32LE(4 * (index + 1))
    return plain.subarray(start, at)
  })
  if (at !== plain.length) throw damaged(number, 'lines are missing')
  return lines
}

function damaged(number: number, why: string): OperationError {
  return new OperationError(
    `entry ${number} of the archive is damaged (${why}): \`npx auditferry verify\` names what else is; bring the file back from a copy`,
  )
}
