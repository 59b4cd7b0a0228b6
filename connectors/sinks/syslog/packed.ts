/** Bytes that wait in memory, with the fastest compression. */
import { promisify } from 'node:util'
import { constants, zstdCompress, zstdDecompress } from 'node:zlib'

export interface Packed {
  /** Before compression. */
  readonly size: number
  readonly packed: Buffer
}

const compress = promisify(zstdCompress)
const decompress = promisify(zstdDecompress)

const FASTEST = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }
const LEAST_CHUNK = 1 << 14

/** `bytes` must not change until the promise resolves. */
export async function pack(bytes: Uint8Array): Promise<Packed> {
  const { length } = bytes
  return { size: length, packed: await compress(bytes, { ...FASTEST, chunkSize: chunkOf(length >> 3) }) }
}

export function unpack({ packed, size }: Packed): Promise<Buffer> {
  return decompress(packed, { chunkSize: chunkOf(size) })
}

/** Each chunk costs a trip to the thread pool. */
function chunkOf(size: number): number {
  return Math.max(LEAST_CHUNK, size)
}
