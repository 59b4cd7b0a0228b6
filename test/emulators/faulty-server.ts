/** A plain HTTP server on loopback that answers as instructed, or fails as a test wants. */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Fault } from '../conformance/sink-harness.ts'
import { close, listen } from '../loopback.ts'
import { createBodies } from './request-body.ts'

export interface Asked {
  readonly method: string
  readonly url: URL
  readonly headers: IncomingHttpHeaders
  /** In memory that is reused after the answer. */
  readonly body: Buffer
}

export interface Answered {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string
}

export interface FaultyServer {
  readonly url: string
  /** Method and path of each request. */
  readonly requests: readonly string[]
  /**
   * Answers the next `times` requests this way, except those that `spares` spares. A reset comes after the request took
   * effect.
   */
  fail(fault: Fault, times: number): void
  stop(): Promise<void>
}

export async function startFaultyServer(
  answer: (asked: Asked, base: string) => Answered,
  bodyOf: (status: number) => string,
  spares: (url: URL) => boolean = () => false,
): Promise<FaultyServer> {
  const requests: string[] = []
  const faults: Fault[] = []
  const withBody = createBodies()
  let base = ''

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const { method = '', headers } = request
    const url = new URL(request.url ?? '', base)
    requests.push(`${method} ${url.pathname}`)
    const fault = spares(url) ? undefined : faults.shift()
    if (fault !== undefined && 'hang' in fault) return
    const given = await withBody(request, (body) =>
      fault !== undefined && 'status' in fault
        ? { ...fault, body: fault.body ?? bodyOf(fault.status) }
        : answer({ method, url, headers, body }, base),
    )
    const cut = fault !== undefined && 'reset' in fault
    const length = Buffer.byteLength(given.body) + (cut ? 2 : 0)
    response.writeHead(given.status, { ...given.headers, 'content-length': length })
    if (!cut) response.end(given.body)
    else response.write('{', () => request.socket.resetAndDestroy())
  }

  const server = createServer((request, response) => {
    handle(request, response).catch(() => request.socket.destroy())
  })
  const port = await listen(server)
  base = `http://127.0.0.1:${port}`
  return {
    url: base,
    requests,
    fail: (fault, times) => void faults.push(...new Array<Fault>(times).fill(fault)),
    stop: () => close(server),
  }
}
