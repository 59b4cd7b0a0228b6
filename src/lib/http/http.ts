/** HTTP for connectors: one long-lived undici dispatcher per component, with its TLS, proxy and timeout. */
import { createRequire } from 'node:module'
import type { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import { errorCode } from '../../errors.ts'
import { withDeadline } from '../deadline.ts'
import type { Secret } from '../secret.ts'
import { createPinnedConnector, refusingConnector } from '../tls/pinned-ca.ts'
import { tlsRefusalOf } from '../tls/refusal.ts'
import { closedInWords, wasKeptTooLong } from './closed-connection.ts'
import { lookupHost } from './host-lookup.ts'
import { proxyInWords, unnamedProxyRefusal } from './proxy.ts'
import { createRenewedDispatcher, type Parts, partsOf } from './renewed-dispatcher.ts'
import { uncompressed } from './uncompressed.ts'
import { wholeAnswer } from './whole-answer.ts'

export interface Connection {
  /** For a whole request, milliseconds. */
  readonly timeoutMs: number
  readonly tls: {
    readonly caFile?: string
    /** SHA-256 of the only trusted certificate in the server's chain; not through a proxy. */
    readonly caFingerprint?: string
    readonly certFile?: string
    readonly keyFile?: string
    readonly insecureSkipVerify: boolean
  }
  /** Proxy address; may carry credentials. */
  readonly proxy?: Secret
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'HEAD'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: Uint8Array | string
  readonly signal: AbortSignal
}

export interface HttpAnswer {
  readonly status: number
  readonly headers: HttpHeaders
  /** The body as text, at most a MiB of it. */
  readonly body: string
  /** The same as bytes, for answers that are not text. */
  readonly bytes?: Uint8Array
}

export interface HttpStream {
  readonly status: number
  readonly headers: HttpHeaders
  /** Must be read to the end or destroyed. */
  readonly body: Readable
}

export type HttpHeaders = Readonly<Record<string, string | string[] | undefined>>

export interface HttpClient {
  send(request: HttpRequest): Promise<HttpAnswer>
  /** For long answers: the timeout bounds the wait for the headers and each pause of the body. */
  stream(request: HttpRequest): Promise<HttpStream>
  close(): Promise<void>
}

/** A stream's headers must come within this many timeouts: the request may have waited for a connection first. */
const STREAM_PATIENCE = 2

/** Never follows redirects, since credentials would travel with them. Retries nothing, except when an idle connection had been closed. */
export function createHttpClient(connection: Connection, options: { connections?: number } = {}): HttpClient {
  const { request } = loadUndici()
  const dispatchers = createRenewedDispatcher(
    () => partsOf(connection),
    (parts) => createDispatcher(connection, options.connections ?? 16, parts),
  )
  const attempt = async <Answer>(url: string, ask: () => Promise<Answer>): Promise<Answer> => {
    try {
      return await ask().catch((thrown: unknown) => {
        if (!wasKeptTooLong(thrown)) throw thrown
        return ask()
      })
    } catch (error) {
      const thrown = closedInWords(error, url)
      throw connection.proxy === undefined ? thrown : proxyInWords(thrown, connection.proxy.reveal())
    }
  }
  /** undici restarts its timeout at each informational answer (1xx), which a server may send for ever. */
  const startInTime = async ({ url, signal: outer, body, ...rest }: HttpRequest) => {
    const late = new AbortController()
    const ms = STREAM_PATIENCE * connection.timeoutMs
    const giveUp = () => late.abort(new Error(`no answer within ${ms / 1000}s (\`timeout\`)`))
    const timer = setTimeout(giveUp, ms).unref()
    try {
      const signal = AbortSignal.any([outer, late.signal])
      return await attempt(url, () => {
        const dispatcher = dispatchers.current()
        return request(url, { ...rest, body: body ?? null, signal, dispatcher })
      })
    } catch (thrown) {
      throw timeoutInWords(thrown, connection)
    } finally {
      clearTimeout(timer)
    }
  }
  return {
    send: (it) =>
      withDeadline(it.signal, connection.timeoutMs, async (signal) => {
        // Otherwise a server may compress as it likes (RFC 9110, 12.5.3), in ways that nothing here can read.
        const headers = { 'accept-encoding': 'identity', ...it.headers }
        const answer = await attempt(it.url, () =>
          wholeAnswer(dispatchers.current(), { ...it, headers, signal }),
        )
        const bytes = uncompressed(answer.bytes, header(answer.headers, 'content-encoding'))
        const body = bytes.toString()
        const refusal = tlsRefusalOf({ status: answer.status, body }) ?? unnamedProxyRefusal(answer)
        if (refusal !== undefined) throw refusal
        return { ...answer, body, bytes }
      }),
    async stream(it) {
      const answer = await startInTime(it)
      const refusal = unnamedProxyRefusal({ status: answer.statusCode })
      if (refusal !== undefined) {
        await answer.body.dump({ limit: 64 * 1024, signal: it.signal })
        throw refusal
      }
      return { status: answer.statusCode, headers: answer.headers, body: answer.body }
    },
    close: () => dispatchers.destroy(),
  }
}

/** Words undici's timeouts for a person; anything else thrown stays as it is. */
export function timeoutInWords(thrown: unknown, { timeoutMs }: Pick<Connection, 'timeoutMs'>): unknown {
  const code = errorCode(thrown)
  const within = `within ${timeoutMs / 1000}s (\`timeout\`)`
  if (code === 'UND_ERR_HEADERS_TIMEOUT') return new Error(`no answer ${within}`)
  return code === 'UND_ERR_BODY_TIMEOUT' ? new Error(`nothing more of the answer ${within}`) : thrown
}

/** One value of a header, the first if it came several times. */
export function header(headers: HttpHeaders, name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value[0] : value
}

/** For clients that bring their own requests; the caller closes it. */
export function createDispatcher(
  connection: Connection,
  connections: number,
  { tls, proxy }: Parts = partsOf(connection),
): Dispatcher {
  const { Agent, ProxyAgent } = loadUndici()
  const common = {
    connections,
    allowH2: false,
    headersTimeout: connection.timeoutMs,
    bodyTimeout: connection.timeoutMs,
  }
  const connect = { ...tls, timeout: Math.min(connection.timeoutMs, 10_000) }
  const { caFingerprint } = connection.tls
  if (proxy === undefined) {
    const pinned = caFingerprint === undefined ? connect : createPinnedConnector(connect, caFingerprint)
    return new Agent({ ...common, connect: pinned })
  }
  if (caFingerprint !== undefined) return new Agent({ ...common, connect: refusingConnector(NO_PROXY) })
  return new ProxyAgent({
    ...common,
    uri: proxy,
    requestTls: connect,
    proxyTls: { lookup: lookupHost },
  })
}

/** Loaded with the first client: many commands send nothing, and start faster without it. */
function loadUndici(): typeof import('undici') {
  return createRequire(import.meta.url)('undici')
}

const NO_PROXY = '`ca_fingerprint` does not go through a proxy: set `tls.ca_file`'
