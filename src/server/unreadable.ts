/** Answers what can't be read as a request, as far as the connection still allows. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { EXPORT_API } from './export-api.ts'
import { DISCARD } from './json-body.ts'

/** By the code of the error; https://nodejs.org/api/http.html#event-clienterror */
const REFUSALS: Readonly<Record<string, readonly [status: number, error: string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'address and headers are longer than 16 KiB'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'the extensions of a chunk are longer than 16 KiB'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'the request did not come in time'],
}
const MALFORMED = [400, 'the request is malformed'] as const

/**
 * Answers, and keeps reading while the caller still sends: closing a connection with unread bytes resets it, which
 * overtakes the answer (RFC 9112, 9.6).
 */
export function answerUnreadable(server: Server): void {
  const begun = new Set<ServerResponse>()
  const begin = (_: IncomingMessage, response: ServerResponse) => {
    begun.add(response)
    response.once('close', () => begun.delete(response))
  }
  server.on('request', begin).on('checkContinue', begin)
  /** How many bytes in all may come on each connection that was answered. */
  const most = new WeakMap<Duplex, number>()
  server.on('clientError', (error: Unreadable, socket) => {
    const bytesRead = 'bytesRead' in socket ? Number(socket.bytesRead) : Number.POSITIVE_INFINITY
    const limit = most.get(socket)
    // Each further piece is an error of its own.
    if (limit !== undefined && bytesRead < limit) return
    const isInAnswer = [...begun].some((it) => it.socket === socket && it.headersSent)
    if (limit !== undefined || !socket.writable || isInAnswer) return void socket.destroy()
    most.set(socket, bytesRead + DISCARD.bytes)
    const [status, message] = REFUSALS[error.code ?? ''] ?? MALFORMED
    socket.end(answerOf(status, bodyOf(status, message, error.rawPacket)))
    const timer = setTimeout(() => socket.destroy(), DISCARD.ms)
    socket.once('close', () => clearTimeout(timer))
  })
}

/** `rawPacket`: what was being read, from its beginning on as far as it came at once. */
type Unreadable = NodeJS.ErrnoException & { readonly rawPacket?: Buffer }

/** In the shape of the path's errors; if the path came in an earlier piece and is no longer known, in both shapes. */
function bodyOf(status: number, message: string, packet: Buffer | undefined): object {
  const original = { code: status, message }
  const path = /^\s*[A-Z]+ (\S*)/.exec(packet?.toString('latin1', 0, REQUEST_LINE) ?? '')?.[1]
  if (path === undefined && status === 431) return { error: message, ...original }
  return path?.startsWith(EXPORT_API) ? original : { error: message }
}

/** How many bytes are needed to recognise the path. */
const REQUEST_LINE = 256

function answerOf(status: number, document: object): string {
  const body = `${JSON.stringify(document)}\n`
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
