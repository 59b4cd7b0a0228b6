/**
 * Processes a file's bytes in one pass: hashes them as stored, decompresses by the file's ending, splits into lines.
 */
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { messageOf } from '../errors.ts'
import type { AuditEvent } from '../event.ts'
import { createDecompressor } from '../lib/compression.ts'

export interface Lines {
  /** Whole lines without line ends; anything after the last line end comes as the last line. */
  readonly lines: AsyncIterable<Buffer>
  /** After the last line: SHA-256 of the stored bytes, and whether the last line had a line end. */
  sha256(): string
  isTorn(): boolean
}

export function readLines(name: string, bytes: Readable): Lines {
  const hash = createHash('sha256')
  let torn = false
  const hashed = Readable.from(
    (async function* () {
      // A caller that stops at a damaged line still reads the rest to discard it, which a destroyed stream would not
      // give.
      for await (const chunk of bytes.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
        hash.update(chunk)
        yield chunk
      }
    })(),
    { objectMode: false },
  )
  const decoder = createDecompressor(name)
  const plain: Readable =
    decoder === undefined ? hashed : hashed.on('error', (e) => decoder.destroy(e)).pipe(decoder)
  async function* lines(): AsyncGenerator<Buffer> {
    let parts: Buffer[] = []
    for await (const chunk of plain as AsyncIterable<Buffer>) {
      let from = 0
      for (let to = chunk.indexOf(LINE_FEED); to !== -1; to = chunk.indexOf(LINE_FEED, from)) {
        parts.push(chunk.subarray(from, to))
        yield parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)
        parts = []
        from = to + 1
      }
      if (from < chunk.length) parts.push(chunk.subarray(from))
    }
    torn = parts.length > 0
    if (torn) yield Buffer.concat(parts)
  }
  return { lines: lines(), sha256: () => hash.digest('hex'), isTorn: () => torn }
}

const LINE_FEED = 0x0a

/** Throws what is wrong with a line that is no JSON, in words. */
export function eventOf(line: Buffer): AuditEvent {
  const text = line.toString()
  try {
    return JSON.parse(text) as AuditEvent
  } catch (error) {
    if (text.startsWith('\ufeff')) throw new Error('the line begins with a byte order mark')
    if (text.trim() === '') throw new Error('the line is empty')
    if (line.includes(0)) throw new Error('the line holds zero bytes')
    throw new Error(`the line is no JSON: ${messageOf(error)}`)
  }
}
