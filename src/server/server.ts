/** The engine's HTTP server: health, metrics, the API and the console. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ServerConfig } from '../config/config.ts'
import type { EngineApi } from '../engine/engine-api.ts'
import { messageOf, OperationError, UsageError } from '../errors.ts'
import type { Logger } from '../lib/logger.ts'
import type { Secret } from '../lib/secret.ts'
import type { Prometheus } from '../ops/prometheus.ts'
import type { Store } from '../spool/store.ts'
import { createAccessCheck, createIdentify, needsCaller } from './access.ts'
import { createAudited } from './audited.ts'
import { backfillRoutes } from './backfills.ts'
import { componentRoutes } from './components.ts'
import { createConsole } from './console.ts'
import { deadLetterRoutes } from './dead-letters.ts'
import { deliveryRoutes } from './deliveries.ts'
import { createDownloads } from './downloads.ts'
import { eventRoutes } from './event-routes.ts'
import { exportApiRoutes } from './export-api.ts'
import { frontPage, frontPageRoute } from './front-page.ts'
import { createGuesses } from './guesses.ts'
import { healthRoutes } from './health.ts'
import { importRoutes } from './imports.ts'
import { isTooLarge, readBody } from './json-body.ts'
import { ledgerRoutes } from './ledger.ts'
import { loginRoutes } from './login.ts'
import { metricsRoutes } from './metrics.ts'
import { oidcRoutes } from './oidc-login.ts'
import { refuseUnknownParameters } from './parameters.ts'
import { reconcileRoutes } from './reconcile.ts'
import { refuseClosing, refuseUnknown, replyTo } from './refusal.ts'
import { replayRoutes } from './replays.ts'
import { addressOf } from './request-origin.ts'
import { type Caller, findRoute, type Reply, RequestError } from './route.ts'
import { send } from './send.ts'
import { createSessions } from './sessions.ts'
import { statusRoutes } from './status.ts'
import { tokenOwners } from './tokens.ts'
import { createRecord, trailRoutes } from './trail.ts'
import { answerUnreadable } from './unreadable.ts'

export interface ServerParts {
  readonly server: ServerConfig
  readonly engine: EngineApi
  readonly prometheus: Pick<Prometheus, 'text'>
  readonly logger: Logger
  readonly version: string
  /** Where sessions and the trail are kept. Without it nobody can log in, and nothing is recorded. */
  readonly store?: Pick<Store, 'keep' | 'kept' | 'take' | 'appendTrail' | 'trail'>
  /** What commands on this machine find in `engine.json` if there is no admin token. */
  readonly localToken?: Secret
}

export interface RunningServer {
  /** The address for clients on this machine. */
  readonly url: string
  /**
   * To be called before the store is closed. Ends streams, which never end by themselves, and records in the trail the
   * imports that it lacks. New requests are refused; answers under way get a second.
   */
  endStreams(): Promise<void>
  /** Lets requests under way finish, for at most a second. */
  close(): Promise<void>
}

const LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 5_000,
  /** How often the two timeouts are checked. */
  connectionsCheckingInterval: 2_000,
  /** Required further below, where the answer can say so. */
  requireHostHeader: false,
}
const GRACE_MS = 1_000

/** Throws OperationError when the address can't be bound, UsageError when a token is missing off loopback. */
export async function startServer(parts: ServerParts): Promise<RunningServer> {
  const { host, port, adminToken, users, oidc } = parts.server
  if (needsCaller(parts.server) && (adminToken ?? users ?? oidc) === undefined) {
    throw new UsageError(`server.listen: ${host} is open to the network, which needs server.admin_token`)
  }
  const closing = new AbortController()
  const { answer, recordAll } = createAnswer(parts, closing.signal)
  const endStreams = async () => {
    closing.abort(new Error('the server closes'))
    const fail = (thrown: unknown) =>
      parts.logger.error('an import is missing from the trail', { reason: messageOf(thrown) })
    await recordAll().catch(fail)
    await Promise.race([Promise.all(underWay), sleep(GRACE_MS, undefined, { ref: false })])
  }
  const underWay = new Set<Promise<unknown>>()
  const serve = (request: IncomingMessage, response: ServerResponse) => {
    const gone = new AbortController()
    response.once('close', () => gone.abort(new Error('whoever asked has gone')))
    const answered = answer(request, gone.signal).catch((thrown: unknown) => {
      const isGone = gone.signal.aborted || (request.destroyed && !request.complete)
      const about = { isGone, isClosing: closing.signal.aborted }
      return replyTo(thrown, request.url, about, parts.logger)
    })
    underWay.add(answered)
    void answered
      .finally(() => underWay.delete(answered))
      .then((reply) => send(request, response, reply, parts.logger))
  }
  // Importing it would also load its other exports: a tenth of a second at each start.
  const server = process.getBuiltinModule('node:http').createServer(LIMITS, serve)
  answerUnreadable(server)
  server.on('checkContinue', (request, response) => {
    // The rest of the body stays unread: the connection can't be used any more.
    if (isTooLarge(request)) response.shouldKeepAlive = false
    else response.writeContinue()
    serve(request, response)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(listenError(error, host, port)))
    server.listen({ host, port }, resolve)
  })
  server.on('error', (error) => parts.logger.error('the HTTP server failed', { reason: messageOf(error) }))
  return {
    url: urlOf(host, (server.address() as AddressInfo).port),
    endStreams,
    async close() {
      await endStreams()
      const closed = new Promise((resolve) => server.close(resolve))
      const timer = setTimeout(() => server.closeAllConnections(), GRACE_MS)
      await closed
      clearTimeout(timer)
    },
  }
}

/** Wrong tokens per minute from one address. */
const GUESSES = 10

function createAnswer(
  { server, engine, prometheus, logger, version, store, localToken }: ServerParts,
  closing: AbortSignal,
) {
  const owners = tokenOwners(server, localToken)
  const { sessionMs, publicUrl, oidc } = server
  const sessions =
    store && sessionMs !== undefined ? createSessions({ ...server, sessionMs }, owners, store) : undefined
  const record = store ? createRecord(store, Date.now) : async () => {}
  const audited = createAudited(record, logger)
  const access = { server, owners, sessions, guesses: createGuesses(GUESSES), record }
  const named = [
    ...healthRoutes(engine),
    ...loginRoutes({ ...access, identify: createIdentify(access) }),
    ...metricsRoutes(prometheus),
    ...statusRoutes(engine),
    ...componentRoutes(engine),
    ...deadLetterRoutes(engine),
    ...backfillRoutes(engine),
    ...ledgerRoutes(engine),
    ...deliveryRoutes(engine),
    ...reconcileRoutes(engine),
    ...replayRoutes(engine),
    ...eventRoutes(engine),
    ...exportApiRoutes(engine),
    ...importRoutes(engine),
    ...(store ? trailRoutes(store, record) : []),
    ...(store && sessions && oidc && publicUrl
      ? oidcRoutes({ server, oidc, publicUrl, sessions, store, record, logger })
      : []),
  ]
  const pages = server.console ? createConsole(frontPage(version, named)) : undefined
  const routes = [...(pages?.routes ?? [frontPageRoute(version, named)]), ...named]
  const checkAccess = createAccessCheck(access)
  const downloads = createDownloads()

  const answer = async (request: IncomingMessage, signal: AbortSignal): Promise<Reply> => {
    const url = targetOf(request)
    const found = findRoute(routes, request.method ?? '', url.pathname)
    if (found === undefined) return pages?.lost(request, url.pathname) ?? refuseUnknown(url.pathname)
    const { route, params } = found
    if (closing.aborted && !STORELESS.includes(route.path)) throw refuseClosing()
    const { headers } = request
    const address = addressOf(request, publicUrl)
    let caller: Caller | undefined
    let body: unknown
    const isStillAllowed = async () => (await checkAccess(request, route).catch(() => null)) !== null
    const asked = { params, query: url.searchParams, headers, address, signal, closing, isStillAllowed }
    try {
      caller = await checkAccess(request, route)
      refuseUnknownParameters(route, url.searchParams)
      if (route.sendsFile) downloads.begin(signal)
      body = route.method === 'POST' ? await readBody(request, route) : undefined
    } catch (thrown) {
      await audited.refuse(route, { ...asked, caller, body }, thrown)
      throw thrown
    }
    return audited.answer(route, { ...asked, caller, body })
  }
  return { answer, recordAll: audited.close }
}

/** Answered until the very end, since they are about the process. */
const STORELESS = ['/healthz', '/readyz', '/metrics']

function targetOf({ url = '/', headersDistinct, httpVersion }: IncomingMessage): URL {
  if (headersDistinct.host === undefined && httpVersion !== '1.0')
    throw new RequestError(400, 'there is no Host header', { connection: 'close' })
  // RFC 9112, 3.2: a proxy in front may have used the other one.
  if ((headersDistinct.host?.length ?? 0) > 1)
    throw new RequestError(400, 'there is more than one Host header')
  // A path may begin with two slashes, and a URL would take what follows for a host.
  const target = url.startsWith('/') ? `http://localhost${url}` : url
  if (URL.canParse(target, 'http://localhost')) return new URL(target, 'http://localhost')
  throw new RequestError(400, 'the address is malformed')
}

function listenError(error: NodeJS.ErrnoException, host: string, port: number): OperationError {
  const cures: Readonly<Record<string, string>> = {
    EADDRINUSE: 'another process uses this port; stop it, or choose another port in server.listen',
    EACCES: 'this port needs privileges; choose one above 1023 in server.listen',
    EADDRNOTAVAIL: 'this machine has no such address; mend server.listen',
    ENOTFOUND: 'no such host name; mend server.listen',
  }
  const cure = cures[error.code ?? ''] ?? messageOf(error)
  return new OperationError(`the HTTP server can't listen on ${host}:${port}: ${cure}`)
}

function urlOf(host: string, port: number): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`
}
