/** A webhook receiver on loopback: it keeps every request as received, and can misbehave on demand. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Socket } from 'node:net'
import type { Fault } from '../../conformance/sink-harness.ts'
import { listen } from '../../loopback.ts'
import { gunzip } from '../intake/gunzip.ts'
import { bodyOf } from '../request-body.ts'
import { uidsOf } from './uids.ts'

export interface WebhookRequest {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** Decompressed. */
  readonly body: Buffer
  readonly uids: readonly string[]
}

export interface WebhookReceiver {
  readonly url: string
  /** All requests in order of arrival, including those that were answered with a fault. */
  readonly requests: readonly WebhookRequest[]
  /** Uids of the requests that were answered with 2xx, each `webhook-id` once. */
  received(): string[]
  /** Answers the next `times` requests this way. */
  fail(fault: Fault, times: number): void
  /** Answers each request that carries this uid with `status`. */
  refuse(uid: string, status: number): void
  /** Resolves once `count` requests have come in altogether. */
  arrived(count: number): Promise<void>
  stop(): Promise<void>
}

export async function startWebhookReceiver(
  options: { readonly tls?: { readonly key: string; readonly cert: string } } = {},
): Promise<WebhookReceiver> {
  const requests: WebhookRequest[] = []
  const kept = new Map<string, readonly string[]>()
  const faults: Fault[] = []
  const refused = new Map<string, number>()
  const waiting: { count: number; resolve: () => void }[] = []
  const sockets = new Set<Socket>()

  async function serve(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    const request = await readRequest(incoming)
    requests.push(request)
    for (const { count, resolve } of waiting) if (requests.length >= count) resolve()
    const fault = faults.shift() ?? refusalOf(request, refused)
    if (fault !== undefined) return misbehave(fault, answer)
    if (request.method === 'POST') kept.set(request.headers['webhook-id'] ?? String(kept.size), request.uids)
    answer.writeHead(204).end()
  }

  const listener = (incoming: IncomingMessage, answer: ServerResponse) => {
    // Nobody waits for the answer to a request that its sender gave up.
    serve(incoming, answer).catch(() => answer.destroy())
  }
  const server = options.tls ? createTlsServer(options.tls, listener) : createServer(listener)
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  const port = await listen(server)

  return {
    url: `${options.tls ? 'https' : 'http'}://127.0.0.1:${port}/hook`,
    requests,
    received: () => [...kept.values()].flat(),
    fail: (fault, times) => void faults.push(...new Array<Fault>(times).fill(fault)),
    refuse: (uid, status) => void refused.set(uid, status),
    arrived: (count) =>
      new Promise((resolve) => {
        if (requests.length >= count) resolve()
        else waiting.push({ count, resolve })
      }),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of sockets) socket.destroy()
      }),
  }
}

async function readRequest(incoming: IncomingMessage): Promise<WebhookRequest> {
  const raw = await bodyOf(incoming)
  const headers = incoming.headers as Record<string, string>
  const body = headers['content-encoding'] === 'gzip' ? gunzip(raw) : raw
  return {
    method: incoming.method ?? '',
    path: incoming.url ?? '',
    headers,
    body,
    uids: uidsOf(headers, body),
  }
}

function refusalOf(request: WebhookRequest, refused: ReadonlyMap<string, number>): Fault | undefined {
  const uid = refused.size === 0 ? undefined : request.uids.find((it) => refused.has(it))
  const status = uid === undefined ? undefined : refused.get(uid)
  return status === undefined ? undefined : { status, body: `cannot process ${uid}` }
}

function misbehave(fault: Fault, answer: ServerResponse): void {
  if ('hang' in fault) return
  if ('reset' in fault) {
    // The head and part of the body are sent before the connection is cut.
    answer.writeHead(200, { 'content-length': '1000' }).write('part', () => answer.socket?.resetAndDestroy())
    return
  }
  answer.writeHead(fault.status, fault.headers).end(fault.body ?? '')
}
