/** Requests as an attacker writes them: nothing in the path or the headers is corrected on the way. */
import { type IncomingMessage, type OutgoingHttpHeaders, request } from 'node:http'
import { connect } from 'node:net'

export interface Answer {
  /** 0 if the connection was closed without an answer. */
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

export interface Ask {
  readonly method?: string
  readonly headers?: OutgoingHttpHeaders
  /** An object is sent as JSON. */
  readonly body?: object | string
  /** The sender's address: any loopback address. */
  readonly from?: string
}

/** No request in these tests takes longer, even on a busy machine. */
const PATIENCE_MS = 20_000

/** For a stream of events the head is enough. */
export function ask(
  url: string,
  path: string,
  { method = 'GET', headers, body, from = '127.0.0.1' }: Ask = {},
): Promise<Answer> {
  const { hostname, port } = new URL(url)
  const json = typeof body === 'object' ? { 'content-type': 'application/json' } : {}
  const signal = AbortSignal.timeout(PATIENCE_MS)
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        hostname,
        port,
        path,
        method,
        headers: { ...json, ...headers },
        signal,
        agent: false,
        localAddress: from,
      },
      (response) => {
        let text = ''
        const done = () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text })
        if (response.headers['content-type']?.startsWith('text/event-stream')) {
          done()
          response.destroy()
        }
        response.setEncoding('latin1').on('data', (piece) => {
          text += piece
        })
        response.on('end', done).on('error', done)
      },
    )
    sent.on('error', (error: NodeJS.ErrnoException) =>
      // Refused before all was sent: whether the answer is still seen depends on timing.
      error.code === 'EPIPE' || error.code === 'ECONNRESET'
        ? resolve({ status: 0, headers: {}, body: '' })
        : reject(error),
    )
    sent.end(typeof body === 'object' ? JSON.stringify(body) : body)
  })
}

/** A server that has begun to answer sends the rest within this time. */
const QUIET_MS = 1_500

/**
 * Sends bytes as they are, and returns everything that comes back until the server closes the connection or is silent
 * for a while.
 */
export function sendBytes(url: string, bytes: string, patienceMs = PATIENCE_MS): Promise<string> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve) => {
    let text = ''
    const socket = connect(Number(port), hostname, () => socket.write(bytes, 'latin1'))
    socket.setEncoding('latin1').on('data', (piece) => {
      text += piece
      socket.setTimeout(QUIET_MS)
    })
    socket.setTimeout(patienceMs, () => socket.destroy())
    socket.on('error', () => {}).on('close', () => resolve(text))
  })
}
