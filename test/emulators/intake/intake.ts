/** What all HTTP intakes on loopback share: requests kept as received, faults on demand, strict decompression. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { TLSSocket } from 'node:tls'
import type { Fault } from '../../conformance/sink-harness.ts'
import { listen } from '../../loopback.ts'
import { bodyOf } from '../request-body.ts'
import { gunzip } from './gunzip.ts'

export interface IntakeRequest {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: Readonly<Record<string, string>>
  /** As sent, compressed or not. */
  readonly wireBytes: number
  /** Decompressed. */
  readonly body: Buffer
}

/** `uids` are those of the events that this answer promises to keep. */
export interface IntakeAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  readonly uids?: readonly string[]
}

interface IntakeOptions {
  /** PEM texts. */
  readonly tls?: { readonly key: string; readonly cert: string }
  /** The requests that faults and refusals apply to; all if unset. */
  readonly isDelivery?: (request: IntakeRequest) => boolean
}

export interface Intake {
  readonly url: string
  readonly requests: readonly IntakeRequest[]
  /** In order of arrival, duplicates included. */
  readonly kept: readonly string[]
  fail(fault: Fault, times: number): void
  /** Answers each delivery that carries this uid with `status`. */
  refuse(uid: string, status: number): void
  stop(): Promise<void>
}

/** `handle` sees each request that meets no fault, including those that are then refused. */
export async function startIntake(
  handle: (request: IntakeRequest) => IntakeAnswer,
  { tls, isDelivery = () => true }: IntakeOptions = {},
): Promise<Intake> {
  const requests: IntakeRequest[] = []
  const kept: string[] = []
  const faults: Fault[] = []
  const refused = new Map<string, number>()

  async function serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const read = await readRequest(incoming)
    if (read === undefined) return answer(response, { status: 400, body: 'the body is not gzip' })
    const { request, forget } = read
    requests.push(request)
    try {
      if (!isDelivery(request)) return answer(response, handle(request))
      const fault = faults.shift()
      if (fault !== undefined) return misbehave(fault, response)
      const reply = handle(request)
      const guilty = (reply.uids ?? []).find((uid) => refused.has(uid))
      if (guilty !== undefined) return answer(response, { status: refused.get(guilty) ?? 400, body: guilty })
      for (const uid of reply.uids ?? []) kept.push(uid)
      answer(response, reply)
    } finally {
      forget()
    }
  }

  const listener = (incoming: IncomingMessage, response: ServerResponse) => {
    // Nobody waits for the answer to a request that its sender gave up.
    serve(incoming, response).catch(() => response.destroy())
  }
  const server = tls ? createTlsServer(tls, listener) : createServer(listener)
  const port = await listen(server)
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    requests,
    kept,
    fail: (fault, times) => void faults.push(...new Array<Fault>(times).fill(fault)),
    refuse: (uid, status) => void refused.set(uid, status),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

interface ReadRequest {
  readonly request: IntakeRequest
  /** Drops the inflated body; reading it later inflates it again, which costs less than fresh memory. */
  forget(): void
}

async function readRequest(incoming: IncomingMessage): Promise<ReadRequest | undefined> {
  const raw = await bodyOf(incoming)
  const { pathname, searchParams } = new URL(incoming.url ?? '/', 'http://emulator')
  const headers = incoming.headers as Record<string, string>
  const isZipped = headers['content-encoding'] === 'gzip'
  let inflated = isZipped ? unzipped(raw) : raw
  if (inflated === undefined) return undefined
  const { method = '' } = incoming
  const about = { method, path: pathname, query: searchParams, headers, wireBytes: raw.length }
  return {
    request: {
      ...about,
      get body() {
        return inflated ?? gunzip(raw)
      },
    },
    forget() {
      if (isZipped) inflated = undefined
    },
  }
}

function unzipped(raw: Buffer): Buffer | undefined {
  try {
    return gunzip(raw)
  } catch {
    return undefined
  }
}

function answer(response: ServerResponse, { status, headers = {}, body = '' }: IntakeAnswer): void {
  response.writeHead(status, { ...headers }).end(body)
}

function misbehave(fault: Fault, response: ServerResponse): void {
  if ('hang' in fault) return
  if ('reset' in fault) {
    const { socket } = response
    // A TLS socket can't be reset, only cut.
    const cut = () => (socket instanceof TLSSocket ? socket.destroy() : socket?.resetAndDestroy())
    response.writeHead(200, { 'content-length': '1000' }).write('part', cut)
    return
  }
  response.writeHead(fault.status, fault.headers).end(fault.body ?? '')
}
