/**
 * One spool entry: the events of an append as native NDJSON, compressed once, however many sinks there are.
 *
 * Layout, little endian: u32 size before compression, then a zstd frame of: u32 count, count × u32 timestamp, and the
 * lines, each ended by LF. zstd's own content checksum reveals a damaged entry.
 */
import { promisify } from 'node:util'
import { constants, zstdCompress, zstdDecompress, zstdDecompressSync } from 'node:zlib'
import { messageOf, OperationError } from '../errors.ts'
import { ByteWriter } from '../lib/byte-writer.ts'

const compress = promisify(zstdCompress)
const decompress = promisify(zstdDecompress)

const LINE_FEED = 10
/** Where the 64 hex characters of a native line's uid begin: after `{"uid":"`. */
const UID_AT = 8

const SIZE_BYTES = 4
const MIN_CHUNK = 1 << 14
/** Limits how much memory a damaged size can make us allocate at once. */
const MAX_CHUNK = 1 << 26

const ZSTD = {
  params: { [constants.ZSTD_c_compressionLevel]: 1, [constants.ZSTD_c_checksumFlag]: 1 },
}

export interface UnpackedEntry {
  readonly base: number
  readonly count: number
  /** How much memory it takes. */
  readonly bytes: number
  timestamp(index: number): number
  /** Native JSON, a view into the unpacked entry. */
  line(index: number): Buffer
  /** Length of the line in bytes. */
  size(index: number): number
  uid(index: number): string
  /**
   * Frees its memory at once, because waiting for the garbage collector would have that clean the whole heap. After
   * this, nobody may use a line of it or call anything. Does nothing and answers false if its memory is shared.
   */
  free(): boolean
}

type PackEntry = <Event extends { readonly timestamp: number }>(
  events: readonly Event[],
  /** Appends native JSON without line end; called once per event. */
  writeLine: (out: ByteWriter, event: Event) => void,
) => Promise<Uint8Array>

/**
 * Packs entries one after another in a single buffer, which spares the garbage collector. `plain` holds the last one
 * uncompressed.
 */
export function createPacker(plain = new ByteWriter()): PackEntry {
  return async (events, writeLine) => {
    plain.clear()
    const head = Buffer.allocUnsafe(4 * (1 + events.length))
    let at = head.writeUInt32LE(events.length, 0)
    for (const event of events) at = head.writeUInt32LE(event.timestamp, at)
    plain.bytes(head)
    for (const event of events) {
      writeLine(plain, event)
      plain.byte(LINE_FEED)
    }
    const { size } = plain
    const chunkSize = Math.max(MIN_CHUNK, size >> 3)
    const frame = await compress(plain.written(), { ...ZSTD, chunkSize })
    const blob = Buffer.allocUnsafe(SIZE_BYTES + frame.length)
    blob.writeUInt32LE(size, 0)
    blob.set(frame, SIZE_BYTES)
    freeMemory(frame)
    return blob
  }
}

interface PackedEntry {
  readonly base: number
  readonly count: number
  readonly blob: Uint8Array
}

/** Throws OperationError when the entry is damaged. */
export async function unpackEntry(entry: PackedEntry): Promise<UnpackedEntry> {
  const { frame, options } = frameOf(entry)
  const plain = await decompress(frame, options).catch((error: unknown) => {
    throw damaged(entry.base, messageOf(error))
  })
  return entryOf(entry, plain)
}

/** The same for an entry that is available uncompressed; copies it. */
export function copyEntry(entry: Omit<PackedEntry, 'blob'>, plain: Uint8Array): UnpackedEntry {
  const copy = Buffer.allocUnsafeSlow(plain.length)
  copy.set(plain)
  return entryOf(entry, copy)
}

/** The same in this thread. */
export function unpackEntrySync(entry: PackedEntry): UnpackedEntry {
  const { frame, options } = frameOf(entry)
  try {
    return entryOf(entry, zstdDecompressSync(frame, options))
  } catch (error) {
    throw error instanceof OperationError ? error : damaged(entry.base, messageOf(error))
  }
}

function frameOf(entry: PackedEntry) {
  const blob = Buffer.from(entry.blob.buffer, entry.blob.byteOffset, entry.blob.byteLength)
  if (blob.byteLength <= SIZE_BYTES) throw damaged(entry.base, 'it is cut')
  // All in one piece, because each further piece is a trip to the thread pool.
  const chunkSize = Math.max(MIN_CHUNK, Math.min(blob.readUInt32LE(0), MAX_CHUNK) + 1)
  return { frame: blob.subarray(SIZE_BYTES), options: { chunkSize } }
}

function entryOf(entry: Omit<PackedEntry, 'blob'>, plain: Buffer): UnpackedEntry {
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
    bytes: plain.length,
    timestamp: (index) => plain.readUInt32LE(4 * (index + 1)),
    line: (index) => plain.subarray(start(index), start(index + 1) - 1),
    size: (index) => start(index + 1) - 1 - start(index),
    uid: (index) => plain.toString('latin1', start(index) + UID_AT, start(index) + UID_AT + 64),
    free: () => freeMemory(plain),
  }
}

/** Answers false if the buffer is part of Node's pool for small buffers. */
function freeMemory({ length, buffer }: Buffer): boolean {
  if (length <= Buffer.poolSize || !(buffer instanceof ArrayBuffer)) return false
  buffer.transfer(0)
  return true
}

/** How to go on where a part of a log is damaged or gone. */
export const CURE_OF_LOG =
  'stop the engine, move the state folder away (in Redis remove the keys) and start again with `start` at the time of ' +
  'the last delivery'

function damaged(base: number, why: string): OperationError {
  return new OperationError(
    `the spool entry at offset ${base} is damaged (${why}). Its events are still at the source: ${CURE_OF_LOG}`,
  )
}
