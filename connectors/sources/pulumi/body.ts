/** The body of an answer, inflated as it is consumed. */
import { createGunzip } from 'node:zlib'
import type { HttpStream } from '../../../src/lib/http/http.ts'

export interface Body {
  /** Uncompressed pieces of about {@link PIECE} bytes. Leaving the loop closes the connection at once. */
  readonly pieces: AsyncGenerator<Buffer>
  /** Bytes received from the network so far, before inflation. */
  bytesRead(): number
  /**
   * Whether a cut would be noticed: by a length, by chunks, or by the end of gzip. Otherwise the end is just a closed
   * connection.
   */
  provesItsEnd(): boolean
  /** Closes the connection; `pieces` then throws the error. */
  breakOff(error: Error): void
}

const PIECE = 128 * 1024

/** Compressed bytes inflated before the consumer is looked at again: bounds what lies ready, even for a gzip bomb. */
const SLICE = 16 * 1024

/** Least size of the first piece in bytes: a byte order mark comes whole. */
const HEAD = 3

export function openBody(answer: HttpStream): Body {
  const { body, headers } = answer
  let bytes = 0
  let isProven = 'content-length' in headers || 'transfer-encoding' in headers
  // Destroying an unfinished answer raises an error that nobody needs.
  body.on('error', () => {})

  async function* chunks(): AsyncGenerator<Buffer> {
    for await (const chunk of body) {
      bytes += (chunk as Buffer).length
      yield chunk as Buffer
    }
  }

  const onGzip = () => {
    isProven = true
  }
  async function* pieces(): AsyncGenerator<Buffer> {
    try {
      yield* inflated(inflated(chunks(), onGzip), onGzip)
    } finally {
      body.destroy()
    }
  }
  return {
    pieces: pieces(),
    bytesRead: () => bytes,
    provesItsEnd: () => isProven,
    breakOff: (error) => void body.destroy(error),
  }
}

/**
 * The export is always gzip, but a proxy may have inflated it or stripped its header. Only the first two bytes can be
 * relied on: no text begins with 1f 8b (RFC 1952, 2.3.1). Applied twice, because a gateway that compresses whatever
 * names no encoding compresses the export again.
 */
async function* inflated(chunks: AsyncGenerator<Buffer>, onGzip: () => void): AsyncGenerator<Buffer> {
  const head = await firstBytes(chunks, HEAD)
  const whole = prepend(head, chunks)
  const isGzip = head[0] === 0x1f && head[1] === 0x8b
  if (isGzip) onGzip()
  yield* isGzip ? gunzipped(whole) : whole
}

/**
 * Inflates slice by slice. Reading the stream itself would, at an error, lose the pieces that are ready, and with them
 * rows that came complete.
 */
async function* gunzipped(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: PIECE })
  const ready: Buffer[] = []
  let failure: Error | undefined
  let isOver = false
  let settle = () => {}
  const step = (start: (done: () => void) => void) =>
    new Promise<void>((resolve) => {
      settle = resolve
      if (isOver) resolve()
      else start(resolve)
    })
  gunzip.on('data', (piece: Buffer) => ready.push(piece))
  gunzip.on('error', (error) => {
    failure = error
    settle()
  })
  // Node ends at the first zero after the gzip data, which pads it to a block, and never calls back for later writes.
  gunzip.on('end', () => {
    isOver = true
    settle()
  })
  try {
    for await (const chunk of chunks) {
      for (let at = 0; at < chunk.length; at += SLICE) {
        await step((done) => gunzip.write(chunk.subarray(at, at + SLICE), done))
        yield* ready.splice(0)
        if (failure !== undefined) throw failure
      }
    }
    await step(() => gunzip.end())
    yield* ready.splice(0)
    if (failure !== undefined) throw failure
  } finally {
    gunzip.destroy()
  }
}

async function firstBytes(chunks: AsyncGenerator<Buffer>, count: number): Promise<Buffer> {
  let head: Buffer = Buffer.alloc(0)
  while (head.length < count) {
    const { value, done } = await chunks.next()
    if (done) break
    head = head.length === 0 ? value : Buffer.concat([head, value])
  }
  return head
}

async function* prepend(head: Buffer, chunks: AsyncGenerator<Buffer>): AsyncGenerator<Buffer> {
  if (head.length > 0) yield head
  yield* chunks
}

/** Whether the text ends with this line, without a line end. Reads the whole text. */
export async function endsWithLine({ pieces }: Pick<Body, 'pieces'>, line: Uint8Array): Promise<boolean> {
  const wanted = Buffer.concat([Buffer.from('\n'), line])
  let end: Buffer = Buffer.alloc(0)
  for await (const piece of pieces) end = Buffer.concat([end, piece]).subarray(-wanted.length)
  return end.equals(wanted)
}

/** The text of a short body, cut at `limit` bytes. */
export async function shortText({ pieces }: Pick<Body, 'pieces'>, limit: number): Promise<string> {
  const read: Buffer[] = []
  let size = 0
  for await (const piece of pieces) {
    read.push(piece)
    size += piece.length
    if (size >= limit) break
  }
  return Buffer.concat(read).toString('utf8', 0, limit)
}
