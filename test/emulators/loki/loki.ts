/** A Loki behind a gateway on loopback: tenants, limits and partial failures as Loki has them. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Fault } from '../../conformance/sink-harness.ts'
import { close, listen } from '../../loopback.ts'
import { gunzip } from '../intake/gunzip.ts'
import { bodyOf } from '../request-body.ts'
import {
  createReader,
  entryAt,
  type Loki,
  type LokiAnswer,
  type LokiEntry,
  type LokiLimits,
  take,
} from './push.ts'

export interface LokiOptions {
  /** The complete value that the gateway requires. */
  readonly authorization?: string
  /** `auth_enabled`: a tenant must be named. */
  readonly tenants?: boolean
  readonly limits?: Partial<LokiLimits>
}

export interface LokiEmulator {
  readonly url: string
  readonly limits: LokiLimits
  readonly requests: readonly {
    readonly target: string
    readonly headers: Readonly<Record<string, string>>
  }[]
  /** All entries that were kept, stream by stream. */
  entries(): LokiEntry[]
  /** Their uids. */
  uids(): string[]
  /** Answers the next `times` requests this way. A reset comes after the request took effect. */
  fail(fault: Fault, times: number): void
  /** Refuses only this entry, with this message. */
  refuse(uid: string, words: string): void
  stop(): Promise<void>
}

export async function startLokiEmulator(options: LokiOptions = {}): Promise<LokiEmulator> {
  const limits: LokiLimits = {
    now: undefined,
    rejectOldSeconds: 7 * 86_400,
    maxLineSize: 256 * 1024,
    maxLabels: 15,
    windowSeconds: 3_600,
    allowStructuredMetadata: true,
    burstBytes: 6_000_000,
    blocked: undefined,
    ...options.limits,
  }
  const loki: Loki = { streams: new Map(), limits, read: createReader() }
  const requests: { target: string; headers: Record<string, string> }[] = []
  const faults: Fault[] = []
  const refused = new Map<string, string>()

  function answer(method: string, target: string, headers: Record<string, string>, body: Buffer): LokiAnswer {
    const { authorization, tenants } = options
    if (authorization !== undefined && headers.authorization !== authorization)
      return { status: 401, body: '{"status":"error","error":"authentication error: invalid token"}' }
    if (tenants === true && headers['x-scope-orgid'] === undefined) return { status: 401, body: 'no org id' }
    if (target !== '/loki/api/v1/push') return { status: 404, body: '404 page not found\n' }
    if (method !== 'POST') return { status: 405, body: '' }
    // Any other content type is read as protobuf, as Loki does.
    if (headers['content-type'] !== 'application/json') return { status: 400, body: 'snappy: corrupt input' }
    const isZipped = headers['content-encoding'] === 'gzip'
    return take({ body: () => (isZipped ? gunzip(body) : body) }, loki, ({ uid }) => refused.get(uid))
  }

  const kept = () => [...loki.streams.values()].flatMap(({ entries }) => [...entries.values()].flat())

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: target = '' } = request
    const headers = request.headers as Record<string, string>
    const body = await bodyOf(request)
    requests.push({ target, headers })
    const fault = faults.shift()
    if (fault !== undefined && 'hang' in fault) return
    if (fault !== undefined && 'status' in fault)
      return void response.writeHead(fault.status, fault.headers).end(fault.body ?? '')
    const given = answer(method, target, headers, body)
    if (fault === undefined) return void response.writeHead(given.status).end(given.body)
    response.writeHead(500, { 'content-length': '1000' })
    response.write('par', () => response.socket?.resetAndDestroy())
  }

  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy())
  })
  const port = await listen(server)
  return {
    url: `http://127.0.0.1:${port}`,
    limits,
    requests,
    entries: () => kept().map((it) => entryAt(loki.read, it)),
    uids: () => kept().map(({ uid }) => uid),
    fail: (fault, times) => void faults.push(...new Array<Fault>(times).fill(fault)),
    refuse: (uid, words) => void refused.set(uid, words),
    stop: () => close(server),
  }
}
