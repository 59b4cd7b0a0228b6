/** Undoes a compression of an answer that nobody asked for. */
import { constants, unzipSync } from 'node:zlib'
import { ANSWER_LIMIT } from './whole-answer.ts'

const ZLIB = /^\s*(x-)?gzip\s*$|^\s*deflate\s*$/i

/**
 * Some load balancers compress whatever the request says: their success must not be mistaken for an unreadable answer.
 * `encoding`: the answer's `Content-Encoding`.
 */
export function uncompressed(bytes: Buffer, encoding: string | undefined): Buffer {
  if (encoding === undefined || !ZLIB.test(encoding)) return bytes
  try {
    return unzipSync(bytes, { maxOutputLength: ANSWER_LIMIT, finishFlush: constants.Z_SYNC_FLUSH })
  } catch {
    // Not compressed after all, or longer than is ever read.
    return bytes
  }
}
