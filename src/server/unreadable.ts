/** What can't be read as a request is answered too, as far as there is anybody to take the answer. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { DISCARD } from './json-body.ts'

/** By the code of the error; https://nodejs.org/api/http.html#event-clienterror */
const REFUSALS: Readonly<Record<string, readonly [status: number, error: string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'address and headers are longer than 16 KiB'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'the extensions of a chunk are longer than 16 KiB'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'the request did not come in time'],
}
const MALFORMED = [400, 'the request is malformed'] as const

/**
 * Answers, and reads on while whoever asked still sends: a connection that is closed with bytes unread is reset, which
 * overtakes the answer (RFC 9112, 9.6).
 */
export function answerUnreadable(server: Server): void {
  const begun = new Set<ServerResponse>()
  const begin = (_: IncomingMessage, response: ServerResponse) => {
    begun.add(response)
    response.once('close', () => begun.delete(response))
  }
  server.on('request', begin).on('checkContinue', begin)
  /** How much may come on each connection that was answered, in all. */
  const most = new WeakMap<Duplex, number>()
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    const bytesRead = 'bytesRead' in socket ? Number(socket.bytesRead) : Number.POSITIVE_INFINITY
    const limit = most.get(socket)
    // Each piece that comes behind it is an error of its own.
    if (limit !== undefined && bytesRead < limit) return
    const isInAnswer = [...begun].some((it) => it.socket === socket && it.headersSent)
    if (limit !== undefined || !socket.writable || isInAnswer) return void socket.destroy()
    most.set(socket, bytesRead + DISCARD.bytes)
    socket.end(answerOf(...(REFUSALS[error.code ?? ''] ?? MALFORMED)))
    const timer = setTimeout(() => socket.destroy(), DISCARD.ms)
    socket.once('close', () => clearTimeout(timer))
  })
}

function answerOf(status: number, error: string): string {
  const body = `${JSON.stringify({ error })}\n`
  const head = [
    `HTTP/1.1 ${status} ${process.getBuiltinModule('node:http').STATUS_CODES[status]}`,
    'content-type: application/json; charset=utf-8',
    'cache-control: no-store',
    'x-content-type-options: nosniff',
    `content-length: ${body.length}`,
    'connection: close',
  ]
  return `${head.join('\r\n')}\r\n\r\n${body}`
}
