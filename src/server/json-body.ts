import type { IncomingMessage } from 'node:http'
import { messageOf } from '../errors.ts'
import { RequestError } from './route.ts'

const BODY_LIMIT = 1 << 20

/**
 * The body as JSON, at most 1 MiB of it. The content type is demanded because a web page can't send it to
 * another site without asking first, and nobody here answers that question.
 */
export async function readJsonBody(request: IncomingMessage): Promise<unknown> {
  const type = request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase()
  if (type !== 'application/json') throw new RequestError(415, 'the content type must be application/json')
  const text = await readText(request)
  try {
    return JSON.parse(text)
  } catch (thrown) {
    throw new RequestError(400, `the body is not JSON: ${messageOf(thrown)}`)
  }
}

async function readText(request: IncomingMessage): Promise<string> {
  const tooLarge = new RequestError(413, 'the body is larger than 1 MiB', { connection: 'close' })
  if (Number(request.headers['content-length'] ?? 0) > BODY_LIMIT) throw tooLarge
  const chunks: Buffer[] = []
  let size = 0
  // Leaving a for await loop would destroy the socket before the answer is out.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    size += chunk.length
    if (size > BODY_LIMIT) throw tooLarge
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
