/** Writes a reply: at once, or piece by piece, compressed where the caller takes gzip. */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { createGzip, gzip } from 'node:zlib'
import { errorCode, messageOf } from '../errors.ts'
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
    await sendWhole(request, response, { status, headers: head, body })
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
    // Makes the answer visibly break off: a partial answer must never pass for a whole one.
    response.destroy()
    if (!isGone(thrown)) logger.error('an answer broke off', { reason: messageOf(thrown) })
  }
}

interface Whole {
  readonly status: number
  readonly headers: NonNullable<Reply['headers']>
  readonly body: string | Uint8Array
}

async function sendWhole(
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers, body }: Whole,
): Promise<void> {
  const isLong = Buffer.byteLength(body) >= ZIPPED_BYTES && headers['content-encoding'] === undefined
  const zips = isLong && takesGzip(request.headers)
  const sent = zips ? await zipped(body, { level: 1 }) : body
  response.writeHead(status, {
    ...headers,
    ...(isLong && { vary: 'accept-encoding' }),
    ...(zips && { 'content-encoding': 'gzip' }),
    // Of an answer without a body it would have to be the length of the body that is left out: RFC 9110, 8.6.
    ...(status !== 304 && { 'content-length': Buffer.byteLength(sent) }),
  })
  const isHead = request.method === 'HEAD'
  const isLast = headers.connection === 'close' && !isHead
  if (isLast) {
    response.write(sent)
    await discardRest(request)
  }
  response.end(isHead || isLast ? undefined : sent)
}

/** A shorter body fits into one packet anyway. Bodies with a secret are shorter, so none is compressed together with other text. */
const ZIPPED_BYTES = 2_048
const zipped = promisify(gzip)

/** How long no byte may move: a file that nobody reads takes the place of another one. */
const STALLED_MS = 600_000

export const EVENT_STREAM = 'text/event-stream'

/** RFC 9110, 12.5.3. */
export function takesGzip(headers: IncomingHttpHeaders): boolean {
  return /(^|,)\s*(gzip|\*)\s*(;\s*q=(?!0(\.0*)?\s*(,|$))[\d.]+\s*)?(,|$)/i.test(
    String(headers['accept-encoding'] ?? ''),
  )
}

function isGone(thrown: unknown): boolean {
  const code = errorCode(thrown)
  if (code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ECONNRESET') return true
  return thrown instanceof Error && thrown.name === 'AbortError'
}
