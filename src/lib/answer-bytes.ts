/** The body of an answer, as far as it is read, and as it was before a server compressed it unasked. */
import type { Readable } from 'node:stream'
import { constants, unzipSync } from 'node:zlib'

/** Bytes of an answer that are read, and kept. */
const ANSWER_LIMIT = 1 << 20

/** `encoding`: the answer's `Content-Encoding`. */
export async function answerBytes(body: Readable, encoding: string | undefined): Promise<Buffer> {
  const bytes = await boundedBytes(body)
  return encoding !== undefined && ZLIB.test(encoding) ? unpacked(bytes) : bytes
}

const ZLIB = /^\s*(x-)?gzip\s*$|^\s*deflate\s*$/i

/** Some balancers compress whatever they are asked: their success must not be taken for no answer. */
function unpacked(bytes: Buffer): Buffer {
  try {
    return unzipSync(bytes, { maxOutputLength: ANSWER_LIMIT, finishFlush: constants.Z_SYNC_FLUSH })
  } catch {
    // No zlib after all, or more than anybody reads.
    return bytes
  }
}

async function boundedBytes(body: Readable): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body) {
    chunks.push(chunk as Buffer)
    size += (chunk as Buffer).length
    if (size >= ANSWER_LIMIT) break
  }
  return Buffer.concat(chunks).subarray(0, ANSWER_LIMIT)
}
