/** Posts batches over HTTP: compresses, names auditferry, and keeps secrets out of what comes back. */
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { ConnectorContext } from '../../connector.ts'
import { messageOf } from '../../errors.ts'
import type { Outcome } from '../../outcome.ts'
import type { Secret } from '../secret.ts'
import { withoutSecrets } from '../secret-forms.ts'
import { tlsOptionsCure } from '../tls/cure.ts'
import { createHttpClient, type HttpAnswer, type HttpRequest } from './http.ts'
import { carriesCure, needsPerson } from './outcome.ts'
import { PROXY_CURE, refusedByProxy } from './proxy.ts'

export interface Poster {
  /** Does the work before sending, so that it can be done while another request is under way. */
  prepare(request: PosterRequest): Promise<PosterRequest>
  /** Throws if no answer came. Header names in lower case. */
  send(request: PosterRequest, signal: AbortSignal): Promise<HttpAnswer>
  close(): Promise<void>
}

export interface PosterRequest {
  readonly url: string
  readonly method?: HttpRequest['method']
  readonly headers?: Readonly<Record<string, string>>
  /** Compressed here, if compression is on and `plain` is not set. */
  readonly body?: Uint8Array
  readonly plain?: boolean
}

export interface PosterOptions {
  readonly compression: 'gzip' | 'none'
  /** Texts that a server may quote back: masked in every answer, which ends up in reasons and dead letters. */
  readonly secrets: readonly Secret[]
  /** How many requests may be under way at once. */
  readonly connections?: number
  /** Headers made from the request as it is sent, its body compressed: a signature. */
  readonly authorize?: (
    request: SentRequest,
    signal: AbortSignal,
  ) => Promise<Readonly<Record<string, string>>>
}

export type SentRequest = Required<Pick<PosterRequest, 'url' | 'method' | 'headers'>> &
  Pick<PosterRequest, 'body'>

export function createPoster(
  { connection, version }: Pick<ConnectorContext, 'connection' | 'version'>,
  { compression, secrets, connections, authorize }: PosterOptions,
): Poster {
  const http = createHttpClient(connection, connections === undefined ? {} : { connections })
  const prepare = async (request: PosterRequest): Promise<PosterRequest> => {
    const { body, headers, plain } = request
    if (body === undefined || compression !== 'gzip' || plain === true) return request
    const zipped = await compress(body, gzipOptions(body.length))
    return { ...request, headers: { ...headers, 'content-encoding': 'gzip' }, body: zipped, plain: true }
  }
  return {
    prepare,
    async send(request, signal) {
      // Taken as they are sent: a token may be renewed, or a file changed, before the answer.
      const given = revealed(secrets)
      const { url, method = 'POST', headers, body } = await prepare(request)
      const all = { 'user-agent': `auditferry/${version}`, ...headers }
      const sent = { url, method, headers: all, ...(body !== undefined && { body }) }
      const proven = { ...all, ...(await authorize?.(sent, signal)) }
      const known = new Set([...given, ...revealed(secrets), credentialsOf(proven)])
      const answer = await http.send({ ...sent, headers: proven, signal })
      return { ...answer, body: withoutSecrets(answer.body, [...known]) }
    },
    close: () => http.close(),
  }
}

/** What a poster adds to the headers of a request with a body, for a preview. */
export function addedHeaders(
  version: string,
  { compression }: Pick<PosterOptions, 'compression'>,
): Readonly<Record<string, string>> {
  return {
    'user-agent': `auditferry/${version}`,
    ...(compression === 'gzip' && { 'content-encoding': 'gzip' }),
  }
}

/** What an operator can do about a request that got no answer; `option` holds the address. */
export function connectionCure(error: unknown, option = 'endpoint'): string {
  if (messageOf(error).includes('ENOTFOUND')) return `check the host name in \`${option}\``
  if (isPlainServer(error))
    return `no TLS is spoken there: check host and port in \`${option}\`, and the proxy; without TLS the address begins with http://`
  if (refusedByProxy(error)) return PROXY_CURE
  if (carriesCure(error)) return 'do as the message says'
  if (needsPerson(error))
    return (
      tlsOptionsCure(error) ??
      'let `tls.ca_file` name the CA of the certificate, and use a host name that is in it'
    )
  return `check host and port in \`${option}\`, the proxy, and the firewall between`
}

/** Whether something without TLS answered at an https:// address. */
function isPlainServer(error: unknown): boolean {
  return messageOf(error).includes('wrong version number')
}

export function masked(text: string, secrets: readonly Secret[]): string {
  return withoutSecrets(text, revealed(secrets))
}

function revealed(secrets: readonly Secret[]): string[] {
  return secrets.map((it) => it.reveal())
}

/** What follows the name of the scheme (RFC 9110, 11.6.2). */
function credentialsOf({ authorization = '' }: Readonly<Record<string, string>>): string {
  return authorization.slice(authorization.indexOf(' ') + 1)
}

/** The same for what an outcome quotes. */
export function maskedOutcome(outcome: Outcome, secrets: readonly Secret[]): Outcome {
  if (outcome.kind === 'delivered') return outcome
  const reason = masked(outcome.reason, secrets)
  return 'answer' in outcome && outcome.answer !== undefined
    ? { ...outcome, reason, answer: masked(outcome.answer, secrets) }
    : { ...outcome, reason }
}

const compress = promisify(gzip)

/** The fastest level, and few pieces, because each piece is a trip to the thread pool. */
function gzipOptions(size: number) {
  return { level: 1, chunkSize: Math.max(1 << 14, size >> 2) }
}
