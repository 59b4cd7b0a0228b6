/** Writes a reply: at once, or piece by piece, compressed where the caller takes gzip. */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { messageOf } from '../errors.ts'
import type { Logger } from '../lib/logger.ts'
import { discardRest } from './json-body.ts'
import type { Reply } from './route.ts'

/** What every reply carries, unless it says otherwise. */
const ALWAYS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }

export async function send(
  request: IncomingMessage,
  response: ServerResponse,
  { status, type, headers, body }: Reply,
  logger: Logger,
): Promise<void> {
  const head = { 'content-type': type, ...ALWAYS, ...headers }
  const isHead = request.method === 'HEAD'
  if (typeof body === 'string' || body instanceof Uint8Array) {
    response.writeHead(status, { ...head, 'content-length': Buffer.byteLength(body) })
    const isLast = headers?.connection === 'close' && !isHead
    if (isLast) {
      response.write(body)
      await discardRest(request)
    }
    response.end(isHead || isLast ? undefined : body)
    return
  }
  const zips = takesGzip(request.headers) && type !== EVENT_STREAM
  response.writeHead(status, {
    ...head,
    vary: 'accept-encoding',
    ...(zips && { 'content-encoding': 'gzip' }),
  })
  if (isHead) {
    response.end()
    return
  }
  try {
    if (type === EVENT_STREAM) response.flushHeaders()
    else response.setTimeout(STALLED_MS)
    const pieces = Readable.from(body, { objectMode: true, highWaterMark: 1 })
    await (zips ? pipeline(pieces, createGzip({ level: 1 }), response) : pipeline(pieces, response))
  } catch (thrown) {
    // Whoever asked sees the answer break off: a whole answer must never be mistaken for one that is not.
    response.destroy()
    if (!isGone(thrown)) logger.error('an answer broke off', { reason: messageOf(thrown) })
  }
}

/** Without a byte that moves: a file that nobody reads takes the place of another one. */
const STALLED_MS = 600_000

export const EVENT_STREAM = 'text/event-stream'

/** RFC 9110, 12.5.3. */
export function takesGzip(headers: IncomingHttpHeaders): boolean {
  return /(^|,)\s*(gzip|\*)\s*(;\s*q=(?!0(\.0*)?\s*(,|$))[\d.]+\s*)?(,|$)/i.test(
    String(headers['accept-encoding'] ?? ''),
  )
}

function isGone(thrown: unknown): boolean {
  const { code, name } = thrown as NodeJS.ErrnoException
  return code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ECONNRESET' || name === 'AbortError'
}
