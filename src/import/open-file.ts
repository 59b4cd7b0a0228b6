/** A file's bytes, decompressed by what they begin with, not by its name: downloads lose their endings. */
import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createZstdDecompress } from 'node:zlib'

/** Pieces of the text. Leaving the loop closes the file. Throws what the file system or the decoder says. */
export async function* piecesOf(file: string): AsyncGenerator<Buffer> {
  const bytes = createReadStream(file)
  try {
    const first = await firstOf(bytes)
    if (first === undefined) return
    bytes.unshift(first)
    const decoder = decoderFor(first)
    if (decoder === undefined) {
      yield* bytes as AsyncIterable<Buffer>
      return
    }
    // Its failure comes out of the decoder.
    pipeline(bytes, decoder).catch(() => undefined)
    yield* decoder as AsyncIterable<Buffer>
  } finally {
    bytes.destroy()
  }
}

async function firstOf(bytes: Readable): Promise<Buffer | undefined> {
  for await (const chunk of bytes.iterator({ destroyOnReturn: false })) return chunk as Buffer
  return undefined
}

function decoderFor(first: Buffer) {
  if (first.subarray(0, 2).equals(GZIP)) return createGunzip()
  return first.subarray(0, 4).equals(ZSTD) ? createZstdDecompress() : undefined
}

/** RFC 1952, 2.3.1; RFC 8878, 3.1.1. */
const GZIP = Buffer.of(0x1f, 0x8b)
const ZSTD = Buffer.of(0x28, 0xb5, 0x2f, 0xfd)
