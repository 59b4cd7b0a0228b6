import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip, createZstdCompress } from 'node:zlib'

export type ObjectCompression = 'gzip' | 'zstd' | 'none'

/** Large enough that a trip to the thread pool costs little, small enough to stay out of the way. */
const BLOCK_BYTES = 256 * 1024

/**
 * Compresses block by block off the main thread, so that a batch of 64 MiB is never in memory twice. The same
 * pieces give the same bytes: Node's gzip header carries no time.
 */
export async function compressPieces(
  pieces: Iterable<Uint8Array>,
  compression: ObjectCompression,
  signal: AbortSignal,
): Promise<Uint8Array> {
  if (compression === 'none') return Buffer.concat([...pieces])
  const options = { chunkSize: BLOCK_BYTES }
  const encoder = compression === 'gzip' ? createGzip(options) : createZstdCompress(options)
  const compressed: Uint8Array[] = []
  await pipeline(
    Readable.from(blocks(pieces), { highWaterMark: 1 }),
    encoder,
    async (output: AsyncIterable<Uint8Array>) => {
      for await (const part of output) compressed.push(part)
    },
    { signal },
  )
  return Buffer.concat(compressed)
}

function* blocks(pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
  let gathered: Uint8Array[] = []
  let size = 0
  for (const piece of pieces) {
    gathered.push(piece)
    size += piece.length
    if (size < BLOCK_BYTES) continue
    yield Buffer.concat(gathered)
    gathered = []
    size = 0
  }
  if (size > 0) yield Buffer.concat(gathered)
}
