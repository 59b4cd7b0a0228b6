/**
 * A Splunk HTTP Event Collector on loopback, as strict as Splunk. Several indexers stand behind a round-robin load
 * balancer, with or without a cookie for affinity; it can fail, delay, forget and restart.
 */
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { Fault } from '../../conformance/sink-harness.ts'
import { close, listen } from '../../loopback.ts'
import { type Answer, withStatus } from './answers.ts'
import {
  type Area,
  areaOf,
  type CollectorOptions,
  createCollector,
  envelopesOf,
  type SeenRequest,
} from './collector.ts'
import { type Envelope, uidOf } from './envelopes.ts'
import { createIndexer, type Indexed } from './indexer.ts'

export interface HecOptions extends CollectorOptions {
  /** Random if absent. */
  readonly token?: string
  readonly indexers?: number
  /** The load balancer sends a client that returns its cookie to the same indexer. */
  readonly sticky?: boolean
  /** Milliseconds from accepted to indexed; Infinity waits for `flush`. */
  readonly indexAfterMs?: number
  /** PEM; with `clientCa` a client certificate is required. */
  readonly tls?: { readonly key: string; readonly cert: string; readonly clientCa?: string }
}

interface IndexedEvent {
  readonly uid: string
  readonly envelope: Envelope
  /** Number of the indexer. */
  readonly indexer: number
}

export interface HecEmulator {
  readonly url: string
  readonly token: string
  /** In order of indexing, duplicates included. */
  readonly indexed: readonly IndexedEvent[]
  /** Their uids, in the same order. */
  uids(): string[]
  requestsTo(area: Area): SeenRequest[]
  /** Answers the next `times` requests this way, in one area or all; their events are not accepted. */
  fail(fault: Fault, times: number, area?: Area): void
  /** Processes the next `times` requests, but resets the connection during the answer. */
  loseAnswers(times: number, area: Area): void
  /** All indexers index what they have accepted. */
  flush(): void
  /** Forgets channels and events that aren't indexed yet. */
  restartIndexer(indexer: number): void
  stop(): Promise<void>
}

type Mishap = Fault | { readonly lost: true }

export async function startHecEmulator(options: HecOptions = {}): Promise<HecEmulator> {
  const token = options.token ?? randomUUID()
  const collect = createCollector(token, options)
  const indexed: Indexed[] = []
  /** Events of the first requests in `indexed`: only those that a test has asked for so far. */
  const read: IndexedEvent[] = []
  let readRequests = 0
  const requests: SeenRequest[] = []
  const mishaps: { readonly mishap: Mishap; readonly area: Area | undefined; left: number }[] = []
  const indexers = Array.from({ length: options.indexers ?? 1 }, (_, number) =>
    createIndexer(number, indexed, options.indexAfterMs ?? 0),
  )
  let turn = 0

  async function handle(request: IncomingMessage, response: ServerResponse) {
    const body = Buffer.concat(await Array.fromAsync<Buffer>(request))
    const url = new URL(request.url ?? '/', 'http://emulator')
    const { method = '', headers } = request
    const number = balance(headers.cookie ?? '')
    const seen = { method, path: url.pathname, query: url.searchParams, headers, body, indexer: number }
    requests.push(seen)
    const indexer = indexers[number]
    if (indexer === undefined) throw new Error(`no indexer ${number}`)
    const affinity = options.sticky ? { 'set-cookie': `hec_node=${number}; Path=/; HttpOnly` } : {}
    const mishap = nextMishap(areaOf(seen.path))
    if (mishap === undefined) return reply(response, collect(seen, indexer), affinity)
    if ('hang' in mishap) return
    if ('status' in mishap) return reply(response, withStatus(mishap), affinity)
    if ('lost' in mishap) collect(seen, indexer)
    cut(response)
  }

  function balance(cookies: string): number {
    const node = options.sticky ? /(?:^|; )hec_node=(\d+)/.exec(cookies)?.[1] : undefined
    return (node === undefined ? turn++ : Number(node)) % indexers.length
  }

  function nextMishap(area: Area | undefined): Mishap | undefined {
    const next = mishaps.find((it) => it.left > 0 && (it.area === undefined || it.area === area))
    if (next !== undefined) next.left -= 1
    return next?.mishap
  }

  const server = createListener(options.tls)
  server.on('request', (request, response) => {
    handle(request, response).catch(() => response.destroy())
  })
  const port = await listen(server)

  return {
    url: `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    token,
    get indexed() {
      for (const { request, uids, indexer } of indexed.slice(readRequests)) {
        for (const it of envelopesOf(request, uids.length))
          read.push({ uid: uidOf(it), envelope: it, indexer })
      }
      readRequests = indexed.length
      return read
    },
    uids: () => indexed.flatMap(({ uids }) => uids),
    requestsTo: (area) => requests.filter((seen) => areaOf(seen.path) === area),
    fail(fault, times, area) {
      mishaps.push({ mishap: fault, area, left: times })
    },
    loseAnswers(times, area) {
      mishaps.push({ mishap: { lost: true }, area, left: times })
    },
    flush() {
      for (const indexer of indexers) indexer.flush()
    },
    restartIndexer: (indexer) => indexers[indexer]?.restart(),
    stop: () => close(server),
  }
}

function createListener(tls: HecOptions['tls']) {
  if (tls === undefined) return createServer()
  const { key, cert, clientCa } = tls
  const mutual = clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: true }
  return createTlsServer({ key, cert, ...mutual })
}

function reply(response: ServerResponse, answer: Answer, more: Record<string, string>) {
  const { status, headers, body } = answer
  const isText = typeof body === 'string'
  const contentType = isText ? 'text/html' : 'application/json'
  response.writeHead(status, { 'content-type': contentType, ...more, ...headers })
  response.end(isText ? body : JSON.stringify(body))
}

function cut(response: ServerResponse) {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '27' })
  response.write('{"text":"Succ', () => response.socket?.resetAndDestroy())
}
