/**
 * One spool entry: the events of an append as native NDJSON, compressed once however many sinks there are.
 *
 * Layout, little endian: u32 size before compression, then a zstd frame of: u32 count, count × u32 timestamp, and
 * the lines, each ended by LF. zstd's own content checksum tells a damaged entry from a whole one.
 */
import { promisify } from 'node:util'
import { constants, zstdCompress, zstdDecompress } from 'node:zlib'
import { messageOf, OperationError } from '../errors.ts'

const compress = promisify(zstdCompress)
const decompress = promisify(zstdDecompress)

const LINE_FEED = 10
/** `{"uid":"` comes before the 64 hex characters of every native line. */
const UID_AT = 8

const FIRST_BUFFER = 1 << 16
/** A page of monstrous events must not hold its memory for ever. */
const KEPT_BUFFER = 1 << 23
/** UTF-8 bytes of a UTF-16 unit. */
const MOST_BYTES = 3

const SIZE_BYTES = 4
const MIN_CHUNK = 1 << 14
/** A damaged size must not ask for all memory at once. */
const MAX_CHUNK = 1 << 26

const ZSTD = {
  params: { [constants.ZSTD_c_compressionLevel]: 1, [constants.ZSTD_c_checksumFlag]: 1 },
}

export interface UnpackedEntry {
  readonly base: number
  readonly count: number
  timestamp(index: number): number
  /** Native JSON, a view into the unpacked entry. */
  line(index: number): Buffer
  uid(index: number): string
}

export type PackEntry = <Event extends { readonly timestamp: number }>(
  events: readonly Event[],
  /** Native JSON without line end; called once an event. */
  lineOf: (event: Event) => string,
) => Promise<Uint8Array>

/** Packs one entry after the other, all in one buffer: a fresh one each would keep the garbage collector busy. */
export function createPacker(): PackEntry {
  let plain = Buffer.allocUnsafe(FIRST_BUFFER)
  const reserve = (used: number, more: number) => {
    if (used + more <= plain.length) return
    const larger = Buffer.allocUnsafe(Math.max(plain.length * 2, used + more))
    plain.copy(larger, 0, 0, used)
    plain = larger
  }
  return async (events, lineOf) => {
    let size = 4 * (1 + events.length)
    reserve(0, size)
    plain.writeUInt32LE(events.length, 0)
    let timestampAt = 4
    for (const event of events) {
      timestampAt = plain.writeUInt32LE(event.timestamp, timestampAt)
      // Line by line: one long text would have to be flattened, in two bytes a character as soon as one needs them.
      const line = lineOf(event)
      reserve(size, line.length * MOST_BYTES + 1)
      size += plain.write(line, size)
      plain[size++] = LINE_FEED
    }
    const chunkSize = Math.max(MIN_CHUNK, size >> 3)
    const frame = await compress(plain.subarray(0, size), { ...ZSTD, chunkSize })
    if (plain.length > KEPT_BUFFER) plain = Buffer.allocUnsafe(FIRST_BUFFER)
    const blob = Buffer.allocUnsafe(SIZE_BYTES + frame.length)
    blob.writeUInt32LE(size, 0)
    blob.set(frame, SIZE_BYTES)
    return blob
  }
}

/** Throws OperationError when the entry is damaged. */
export async function unpackEntry(entry: {
  base: number
  count: number
  blob: Uint8Array
}): Promise<UnpackedEntry> {
  const blob = Buffer.from(entry.blob.buffer, entry.blob.byteOffset, entry.blob.byteLength)
  if (blob.byteLength <= SIZE_BYTES) throw damaged(entry.base, 'it is cut')
  // The whole in one piece: each piece more is a trip to the thread pool.
  const chunkSize = Math.max(MIN_CHUNK, Math.min(blob.readUInt32LE(0), MAX_CHUNK) + 1)
  const plain = await decompress(blob.subarray(SIZE_BYTES), { chunkSize }).catch((error: unknown) => {
    throw damaged(entry.base, messageOf(error))
  })
  const count = plain.readUInt32LE(0)
  const offsets = new Uint32Array(count + 1)
  let at = 4 * (count + 1)
  for (let i = 0; i < count; i++) {
    offsets[i] = at
    at = plain.indexOf(LINE_FEED, at) + 1
    if (at === 0) throw damaged(entry.base, 'lines are missing')
  }
  offsets[count] = at
  if (count !== entry.count) throw damaged(entry.base, `${count} events where ${entry.count} were spooled`)
  const start = (index: number) => offsets[index] as number
  return {
    base: entry.base,
    count,
    timestamp: (index) => plain.readUInt32LE(4 * (index + 1)),
    line: (index) => plain.subarray(start(index), start(index + 1) - 1),
    uid: (index) => plain.toString('latin1', start(index) + UID_AT, start(index) + UID_AT + 64),
  }
}

function damaged(base: number, why: string): OperationError {
  return new OperationError(
    `the spool entry at offset ${base} is damaged (${why}). Its events are still at the source: stop the engine, ` +
      'move the state folder away and start again with `start` at the time of the last delivery',
  )
}
