/**
 * The body of a request. `node:stream/consumers` would first make a Blob of it, which costs as much as reading its
 * JSON.
 */
import type { IncomingMessage } from 'node:http'

/** A body that may be kept. Rejects if the request breaks off. */
export function bodyOf(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => void chunks.push(chunk))
    request.on('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)))
    request.on('error', reject)
  })
}

/**
 * Bodies are read into memory that is reused, because fresh memory costs more than everything done with them: `use`
 * must not keep any part of its argument. Rejects if the request breaks off.
 */
type WithBody = <Result>(request: IncomingMessage, use: (body: Buffer) => Result) => Promise<Result>

export function createBodies(): WithBody {
  const spare: Buffer[] = []
  return async (request, use) => {
    let bytes = spare.pop() ?? Buffer.allocUnsafeSlow(FIRST_BYTES)
    let size = 0
    await new Promise<void>((resolve, reject) => {
      request.on('data', (chunk: Buffer) => {
        if (size + chunk.length > bytes.length) bytes = larger(bytes, size, chunk.length)
        size += chunk.copy(bytes, size)
      })
      request.on('end', resolve)
      request.on('error', reject)
    })
    try {
      return use(bytes.subarray(0, size))
    } finally {
      spare.push(bytes)
    }
  }
}

const FIRST_BYTES = 1 << 16

function larger(bytes: Buffer, size: number, more: number): Buffer {
  const copy = Buffer.allocUnsafeSlow(Math.max(2 * bytes.length, size + more))
  bytes.copy(copy, 0, 0, size)
  return copy
}
