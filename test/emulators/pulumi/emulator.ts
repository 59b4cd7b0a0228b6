/** Pulumi Cloud's audit-log API on loopback: for tests, for the demo, and for trying a SIEM without an account. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { setTimeout as delay } from 'node:timers/promises'
import { listen } from '../../loopback.ts'
import { type AuditLog, answerTo, refusal, type ServerAnswer } from './answer.ts'
import type { EmulatedEvent, NewEvent } from './event.ts'
import { BAD_DAY, createFaults, type Fault } from './faults.ts'
import { createHistory, type History } from './history.ts'
import type { InventedHistory } from './invent.ts'
import { sendAnswer } from './send.ts'
import { defaultSwitches, type Switches } from './switches.ts'
import { createTokens } from './tokens.ts'

export interface PulumiEmulatorOptions {
  /** By default a free one; 0: any that the system gives. */
  readonly port?: number
  /** Names of the organisations, each with a history of its own. Default: `acme`. */
  readonly organizations?: readonly string[]
  readonly token?: string
  /** The past of the first organisation, invented as it is read. */
  readonly past?: InventedHistory
  readonly switches?: Partial<Switches>
  /** PEM; with it the emulator speaks HTTPS. */
  readonly tls?: { readonly key: string; readonly cert: string }
  /** The clock in milliseconds, for the `Date` header and the expiry of tokens. */
  readonly now?: () => number
}

export interface PulumiEmulator {
  /** The value for `api_url`. */
  readonly url: string
  readonly organization: string
  /** The value for `access_token`. */
  readonly token: string
  /** In order of arrival. */
  readonly requests: readonly RequestLog[]
  add(events: readonly NewEvent[], organization?: string): void
  /** Adds an event that appears only now, whatever its time. */
  insertLate(event: NewEvent, organization?: string): void
  /** All events of the log, newest first. */
  events(organization?: string): Iterable<EmulatedEvent>
  /** The next `times` requests meet this fault. */
  fail(fault: Fault, times?: number): void
  /** From here on, requests meet no fault. */
  mend(): void
  /** Changes switches while it runs. */
  set(switches: Partial<Switches>): void
  expireTokens(): void
  stop(): Promise<void>
}

export interface RequestLog {
  /** After the host, without the query. */
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly headers: IncomingMessage['headers']
  /** 0 until there is an answer. */
  status: number
  /** Bytes of the body that were handed to the connection so far. */
  sentBytes: number
  /** The client left before the end of the answer. */
  isCutByClient: boolean
}

export async function startPulumiEmulator(options: PulumiEmulatorOptions = {}): Promise<PulumiEmulator> {
  const { token = 'pul-0123456789abcdef', organizations = ['acme'], now = Date.now } = options
  const histories = new Map(
    organizations.map((name, at) => [name, createHistory(at === 0 ? options.past : undefined)]),
  )
  const organization = organizations[0] ?? 'acme'
  const requests: RequestLog[] = []
  const faults = createFaults()
  const tokens = createTokens(now)
  let switches: Switches = { ...defaultSwitches, ...options.switches }

  function answer(request: IncomingMessage, url: URL): ServerAnswer {
    if (request.headers.authorization !== `token ${token}`) {
      return refusal(401, 'Unauthorized: No credentials provided or are invalid.')
    }
    const [, name = '', path = ''] = /^\/api\/orgs\/([^/]+)\/auditlogs(.*)$/.exec(url.pathname) ?? []
    const history = histories.get(decodeURIComponent(name))
    if (history === undefined) return refusal(404, `Not Found: Organization '${name}' not found`)
    const log: AuditLog = { history, tokens, switches, requestNumber: requests.length }
    return answerTo(path, url.searchParams, log)
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://emulator')
    const log = logOf(request, url)
    requests.push(log)
    const fault = faults.next() ?? faultOnBadDay(requests.length, switches.failEvery)
    if (switches.latencyMs > 0) await delay(switches.latencyMs)
    response.setHeader('date', new Date(now() + switches.clockOffsetMs).toUTCString())
    response.setHeader('x-pulumi-request-id', `emulated-${requests.length}`)
    await sendAnswer(response, answer(request, url), { fault, switches, log })
  }

  const listener = (request: IncomingMessage, response: ServerResponse) => {
    serve(request, response).catch(() => response.destroy())
  }
  const server = options.tls === undefined ? createServer(listener) : createTlsServer(options.tls, listener)
  const port = await listen(server, options.port)
  const historyOf = (name: string): History => {
    const history = histories.get(name)
    if (history === undefined) throw new Error(`the emulator has no organisation "${name}"`)
    return history
  }

  return {
    url: `http${options.tls === undefined ? '' : 's'}://127.0.0.1:${port}`,
    organization,
    token,
    requests,
    add: (events, name = organization) => historyOf(name).add(events),
    insertLate: (event, name = organization) => historyOf(name).add([event]),
    *events(name = organization) {
      for (const { event } of historyOf(name).newestFirst(Number.MAX_SAFE_INTEGER)) yield event
    },
    fail: (fault, times = 1) => faults.add(fault, times),
    mend: faults.clear,
    set(changed) {
      switches = { ...switches, ...changed }
    },
    expireTokens: tokens.expire,
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve))
      server.closeAllConnections()
      await closed
    },
  }
}

function faultOnBadDay(requestNumber: number, failEvery: number): Fault | undefined {
  if (failEvery === 0 || requestNumber % failEvery !== 0) return undefined
  return BAD_DAY[(requestNumber / failEvery - 1) % BAD_DAY.length]
}

function logOf(request: IncomingMessage, url: URL): RequestLog {
  return {
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: request.headers,
    status: 0,
    sentBytes: 0,
    isCutByClient: false,
  }
}
