/** Why a Redis can't be used, in a text that names the option to change. */
import type { RedisAddress } from '../../config/config.ts'
import { messageOf } from '../../errors.ts'
import { tlsCure, tlsOptionsCure } from '../../lib/tls/cure.ts'
import { describeDenial, describeNoWrites, LOST } from './clear-errors.ts'

/** What ioredis attaches to its errors, besides the message. */
interface RedisFailure {
  readonly code?: unknown
  /** The command that Redis answered with this error. */
  readonly command?: { readonly name: string }
  /** Cluster only: set when no node could be asked. */
  readonly lastNodeError?: unknown
}

/**
 * The text that follows `Redis at …`. `wasReady`: the same address worked before, so a connection that breaks does not
 * mean that the address is wrong. `nodeFailure`: the failure of a Cluster's node. The codes are those of redis.io
 * (AUTH, ACL) and of Node's sockets.
 */
export function describeFailure(
  failure: unknown,
  address: RedisAddress,
  wasReady: boolean,
  nodeFailure?: unknown,
): string {
  const { code, lastNodeError } = (failure ?? {}) as RedisFailure
  // It only says that the connection broke; the node's own failure says why.
  const said = LOST.test(messageOf(lastNodeError ?? '')) ? (nodeFailure ?? lastNodeError) : lastNodeError
  if (said instanceof Error) return describeFailure(said, address, wasReady)
  if (failure === undefined && nodeFailure !== undefined) return describeNode(nodeFailure)
  // ioredis puts a sentinel's reason into a sentence of its own, with a growing delay.
  const message = messageOf(failure ?? '').replace(/ Retrying from scratch after \d+ms\./, '')
  const known =
    describeAnswer(failure, message, address) ??
    describeSentinels(message, address) ??
    (wasReady && !CERTIFICATE.test(String(code)) ? undefined : describeTls(failure, message, address))
  return known ?? (failure === undefined ? 'does not answer' : `can't be reached: ${message}`)
}

/** Whether a server was there and refused, such as a password. */
export function isAnswer(failure: unknown): boolean {
  const { lastNodeError } = (failure ?? {}) as RedisFailure
  const said = lastNodeError ?? failure
  return said instanceof Error && said.name === 'ReplyError'
}

/** For an error that Redis, or a sentinel, answered. */
function describeAnswer(failure: unknown, message: string, address: RedisAddress): string | undefined {
  const at = message.startsWith(OF_SENTINELS) ? 'state.sentinel' : 'state'
  // The wording of ioredis's parser.
  if (/^(Unknown RESP type|Protocol error, got)/.test(message)) {
    return 'does not speak Redis: check host and port in `state.url`'
  }
  if (/NOAUTH/.test(message)) return wantsPassword(at)
  if (/WRONGPASS|invalid password/.test(message)) {
    const url = at === 'state' ? ', or those in `state.url`' : ''
    return `refuses the user or the password: check \`${at}.username\` and \`${at}.password\`${url}`
  }
  const denial = describeDenial(message)
  if (denial !== undefined) return denial
  if (!isOfSelect(failure)) return undefined
  const { pathname } = urlOf(address)
  return `does not open database ${pathname.slice(1)} (${message}): name another at the end of \`state.url\`, such as /0`
}

const OF_SENTINELS = 'All sentinels'

function describeSentinels(message: string, address: RedisAddress): string | undefined {
  if (!message.startsWith(OF_SENTINELS)) return undefined
  if (message.includes('No such master')) {
    return 'is not what the sentinels look after: check `state.sentinel.name`'
  }
  if (!LOST.test(message.replace(/.*Last error: /, ''))) return undefined
  return `can't be reached: no sentinel keeps the connection. Check \`state.sentinel.nodes\`, and ${tlsOfSentinels(address)}`
}

/** They end a connection without a word of why. */
function tlsOfSentinels(address: RedisAddress): string {
  if (!usesTls(address)) return 'if they speak TLS let `state.tls.ca_file` name the CA of their certificate'
  return address.tls?.certFile === undefined
    ? 'whether they speak TLS; if they ask for a client certificate, set `state.tls.cert_file` and `state.tls.key_file`'
    : 'whether they speak TLS and trust the certificate in `state.tls.cert_file`'
}

/** For a failed handshake, or where only one side speaks TLS. */
function describeTls(failure: unknown, message: string, address: RedisAddress): string | undefined {
  const code = String((failure as RedisFailure | undefined)?.code)
  // Without a certificate of our own an alert may mean that one is wanted.
  const cureOf = address.tls?.certFile === undefined ? tlsCure : tlsOptionsCure
  const cure = cureOf(failure)?.replaceAll('`tls.', '`state.tls.')
  if (cure !== undefined) return `can't be reached in TLS (${message}): ${cure}`
  if (CERTIFICATE.test(code)) {
    return `shows a certificate that is not trusted (${message}): let \`state.tls.ca_file\` name its CA, and use a host name that is in it`
  }
  const isBroken = /^(ECONNRESET$|EPROTO$|ERR_SSL_)/.test(code)
  if (usesTls(address) && (failure === undefined || isBroken || code === 'ETIMEDOUT')) {
    return `does not answer in TLS${isBroken ? ` (${message})` : ''}: ${cureOfTls(address)}`
  }
  if (!isBroken) return undefined
  const toTls =
    address.url === undefined
      ? 'let `state.tls.ca_file` name its CA'
      : 'write rediss:// instead of redis:// in `state.url`'
  return `breaks the connection (${message}): if it speaks TLS there, ${toTls}`
}

/** Node's codes for a bad server certificate; https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const CERTIFICATE = /^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_TLS_CERT)/

/**
 * The text that follows `Redis at …` when it refused a write. `nodeFailure`: the failure of a Cluster's node, which
 * then is the reason.
 */
export function describeRefusal(refusal: unknown, nodeFailure?: unknown): string {
  const known = describeDenial(refusal) ?? describeNoWrites(refusal)
  if (known !== undefined) return known
  if (nodeFailure !== undefined) return describeNode(nodeFailure)
  if (LOST.test(messageOf(refusal)))
    return "can't be reached at one of its nodes: see redis-cli CLUSTER NODES"
  return `takes no writes: ${messageOf(refusal).replace(/^Too many Cluster redirections\. Last error: (ReplyError: )?/, '')}`
}

/** For a Cluster whose other nodes answer, and say that it is down. */
function describeNode(failure: unknown): string {
  return `can't be reached at one of its nodes: ${messageOf(failure)}`
}

/** Whether Redis refused the database that the address names. */
export function isOfSelect(failure: unknown): boolean {
  return (failure as RedisFailure | undefined)?.command?.name === 'select'
}

function wantsPassword(at: string): string {
  const url = at === 'state' ? `, or put ":\${REDIS_PASSWORD}@" before the host in \`state.url\`` : ''
  return `wants a password: set \`${at}.password\`, such as "\${REDIS_PASSWORD}"${url}`
}

export function urlOf({ url }: RedisAddress): URL {
  return new URL(url?.reveal() ?? 'redis://127.0.0.1:6379')
}

/**
 * Applies to sentinels and cluster nodes too: their `url` only says this, and carries the credentials. Somebody who
 * configures a CA or a certificate wants nothing sent in the clear, whatever the `url`.
 */
export function usesTls(address: RedisAddress): boolean {
  return isTlsUrl(address) || Object.values(address.tls ?? {}).some((it) => it !== undefined && it !== false)
}

function isTlsUrl(address: RedisAddress): boolean {
  return urlOf(address).protocol === 'rediss:'
}

function cureOfTls(address: RedisAddress): string {
  const plain = isTlsUrl(address)
    ? 'write redis:// instead of rediss:// in `state.url`'
    : 'leave out what is in `state.tls`'
  const asked = 'if it asks for a client certificate, set `state.tls.cert_file` and `state.tls.key_file`'
  return `if it speaks none there, ${plain}${address.tls?.certFile === undefined ? `; ${asked}` : ''}`
}
