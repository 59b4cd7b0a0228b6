import { finished } from 'node:stream/promises'
import { type Compression, createCompressor } from '../compression.ts'

/** Large enough that a trip to the thread pool costs little, small enough to stay out of the way. */
const BLOCK_BYTES = 256 * 1024

/**
 * Compresses block by block off the main thread, so that a batch of 64 MiB is never in memory twice: all of it goes
 * through one block. The same pieces give the same bytes: Node's gzip header carries no time.
 */
export async function compressPieces(
  pieces: Iterable<Uint8Array>,
  compression: Compression,
  signal: AbortSignal,
): Promise<Uint8Array> {
  if (compression === 'none') return Buffer.concat([...pieces])
  const encoder = createCompressor(compression, { chunkSize: BLOCK_BYTES })
  const compressed: Uint8Array[] = []
  encoder.on('data', (part: Uint8Array) => compressed.push(part))
  const end = finished(encoder, { signal, cleanup: true })
  // What breaks it off is thrown below, by the waiting write or at the end.
  end.catch(() => encoder.destroy())
  for (const block of blocks(pieces)) {
    await Promise.race([new Promise((resolve) => encoder.write(block, resolve)), end])
    signal.throwIfAborted()
  }
  encoder.end()
  await end
  return Buffer.concat(compressed)
}

/** All use the same memory: each must be consumed before the next is asked for. */
function* blocks(pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
  const block = Buffer.allocUnsafeSlow(BLOCK_BYTES)
  let size = 0
  for (const piece of pieces) {
    for (let from = 0; from < piece.length; ) {
      const part = piece.subarray(from, from + BLOCK_BYTES - size)
      block.set(part, size)
      size += part.length
      from += part.length
      if (size < BLOCK_BYTES) continue
      yield block
      size = 0
    }
  }
  if (size > 0) yield block.subarray(0, size)
}
