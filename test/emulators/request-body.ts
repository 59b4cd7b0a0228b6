/** The body of a request. `node:stream/consumers` makes a Blob of it first, which costs as much as reading its JSON. */
import type { IncomingMessage } from 'node:http'

/** Rejects where the request breaks off. */
export function bodyOf(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => void chunks.push(chunk))
    request.on('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)))
    request.on('error', reject)
  })
}
