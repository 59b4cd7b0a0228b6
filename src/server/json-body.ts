import type { IncomingMessage } from 'node:http'
import { messageOf } from '../errors.ts'
import { RequestError, type Route } from './route.ts'

const BODY_LIMIT = 1 << 20

/**
 * The body as JSON, at most 1 MiB of it. NDJSON is handed over unparsed if the route takes lines: read line by line it
 * costs a quarter of one large text. The content type is required because a web page can't send it to another site
 * without asking first (a CORS preflight), which this server never grants.
 */
export async function readBody(request: IncomingMessage, { takesLines }: Route): Promise<unknown> {
  const type = request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase()
  if (takesLines && type === 'application/x-ndjson') return readBytes(request)
  if (type !== 'application/json') throw new RequestError(415, 'the content type must be application/json')
  const text = (await readBytes(request)).toString('utf8')
  try {
    return JSON.parse(text)
  } catch (thrown) {
    const why = messageOf(thrown).replace(QUOTED, '')
    throw new RequestError(400, ['the body is not JSON', ...(why === '' ? [] : [why])].join(': '))
  }
}

/** Takes out of V8's message the quoted piece of the body, which may hold anything: refusals are recorded. */
const QUOTED = /(, )?(\.{3})?"[\s\S]*"(\.{3})? is not valid JSON$/

async function readBytes(request: IncomingMessage): Promise<Buffer> {
  const tooLarge = new RequestError(413, 'the body is larger than 1 MiB', { connection: 'close' })
  if (isTooLarge(request)) throw tooLarge
  const chunks: Buffer[] = []
  let size = 0
  // By default, leaving a `for await` loop destroys the socket before the answer is out.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    size += chunk.length
    if (size > BODY_LIMIT) throw tooLarge
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** What its head says of it; a body in chunks tells its length by its end. */
export function isTooLarge({ headers }: IncomingMessage): boolean {
  return Number(headers['content-length'] ?? 0) > BODY_LIMIT
}

/** How much is still read of a refused request: 16 MiB, 2 s. */
export const DISCARD = { bytes: 16 << 20, ms: 2_000 }

/**
 * Keeps reading while the caller still sends: closing a connection with unread bytes resets it, which overtakes the
 * answer (RFC 9112, 9.6).
 */
export async function discardRest(request: IncomingMessage): Promise<void> {
  if (request.complete || request.destroyed) return
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, DISCARD.ms)
    let size = 0
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size > DISCARD.bytes) resolve()
    })
    for (const end of ['end', 'close', 'error']) request.once(end, () => resolve())
    request.once('close', () => clearTimeout(timer))
    request.resume()
  })
}
