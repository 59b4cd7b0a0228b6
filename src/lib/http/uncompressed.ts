/** The body of an answer as it was before a server compressed it unasked. */
import { constants, unzipSync } from 'node:zlib'
import { ANSWER_LIMIT } from './whole-answer.ts'

const ZLIB = /^\s*(x-)?gzip\s*$|^\s*deflate\s*$/i

/**
 * Some balancers compress whatever they are asked: their success must not be taken for no answer. `encoding`: the
 * answer's `Content-Encoding`.
 */
export function uncompressed(bytes: Buffer, encoding: string | undefined): Buffer {
  if (encoding === undefined || !ZLIB.test(encoding)) return bytes
  try {
    return unzipSync(bytes, { maxOutputLength: ANSWER_LIMIT, finishFlush: constants.Z_SYNC_FLUSH })
  } catch {
    // No zlib after all, or more than anybody reads.
    return bytes
  }
}
