/** Sends an answer piece by piece, as fast as the client takes it, or breaks it on the way. */
import type { ServerResponse } from 'node:http'
import { PassThrough, Readable, Transform } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type { ServerAnswer } from './answer.ts'
import type { RequestLog } from './emulator.ts'
import { type Fault, LOGIN_PAGE } from './faults.ts'
import type { Switches } from './switches.ts'

/** Characters that are encoded before the client is checked again. */
const BLOCK = 64 * 1024

export async function sendAnswer(
  response: ServerResponse,
  answer: ServerAnswer,
  about: { fault: Fault | undefined; switches: Switches; log: RequestLog },
): Promise<void> {
  const { fault, log } = about
  if (fault !== undefined && 'hang' in fault) return
  if (fault !== undefined && 'status' in fault) {
    const body = fault.body ?? JSON.stringify({ code: fault.status, message: `emulated ${fault.status}` })
    return sendText(response, log, fault.status, body, {
      'content-type': 'application/json',
      ...fault.headers,
    })
  }
  if (fault !== undefined && 'html' in fault) {
    return sendText(response, log, 200, LOGIN_PAGE, { 'content-type': 'text/html' })
  }
  log.status = answer.status
  const isGzip = setHeaders(response, answer, about)
  const plain = Readable.from(blocks(answer.text), { objectMode: false, highWaterMark: BLOCK })
  const body = isGzip && about.switches.encoding === 'twice' ? plain.pipe(createGzip({ level: 1 })) : plain
  const encoder = isGzip ? createGzip({ level: 1 }) : new PassThrough()
  if (fault !== undefined) {
    const whole = await buffer(body.pipe(encoder))
    const half = whole.subarray(0, Math.floor(whole.length / 2))
    log.sentBytes += half.length
    if ('cut' in fault) response.end(half)
    else response.write(half, () => response.socket?.resetAndDestroy())
    return
  }
  const counter = new Transform({
    transform(chunk: Buffer, _, done) {
      log.sentBytes += chunk.length
      done(null, chunk)
    },
  })
  await pipeline(body, encoder, counter, response).catch(() => {
    log.isCutByClient = true
  })
}

/** The export is gzip whatever the client accepts, and has no JSON content type. */
function setHeaders(
  response: ServerResponse,
  answer: ServerAnswer,
  about: { switches: Switches; log: RequestLog },
): boolean {
  const { encoding } = about.switches
  const isWanted = /\bgzip\b/.test(String(about.log.headers['accept-encoding'] ?? ''))
  const isGzip = answer.isExport ? encoding !== 'identity' : isWanted && answer.status === 200
  const isHidden = answer.isExport && encoding === 'stripped'
  response.writeHead(answer.status, {
    'content-type': answer.contentType,
    ...(isGzip && !isHidden ? { 'content-encoding': 'gzip' } : {}),
  })
  return isGzip
}

function sendText(
  response: ServerResponse,
  log: RequestLog,
  status: number,
  body: string,
  headers: Readonly<Record<string, string>>,
): void {
  log.status = status
  log.sentBytes += Buffer.byteLength(body)
  response.writeHead(status, headers).end(body)
}

function* blocks(text: Iterable<string>): Generator<Buffer> {
  let block = ''
  for (const piece of text) {
    block += piece
    if (block.length < BLOCK) continue
    yield Buffer.from(block)
    block = ''
  }
  if (block !== '') yield Buffer.from(block)
}
