/** Why a Redis can't be used, in words that name the option that mends it. */
import type { RedisAddress } from '../../config/config.ts'
import { messageOf } from '../../errors.ts'
import { LOST, toldFull } from './telling-store.ts'

/** What ioredis puts on the errors it tells, beside the message. */
interface RedisFailure {
  readonly code?: unknown
  /** Of an answer of Redis: what it answered. */
  readonly command?: { readonly name: string }
  /** Of a Cluster of which no node could be asked. */
  readonly lastNodeError?: unknown
}

/**
 * What follows `Redis at …`. `wasReady`: the same address worked before, so that a connection that breaks says nothing
 * about it. The codes are those of redis.io (AUTH, ACL) and of Node's sockets.
 */
export function toldFailure(failure: unknown, address: RedisAddress, wasReady: boolean): string {
  const { code, lastNodeError } = (failure ?? {}) as RedisFailure
  if (lastNodeError instanceof Error) return toldFailure(lastNodeError, address, wasReady)
  // A sentinel's reason comes within a sentence of ioredis, with a delay that grows.
  const message = messageOf(failure ?? '').replace(/ Retrying from scratch after \d+ms\./, '')
  const at = message.startsWith('All sentinels') ? 'state.sentinel' : 'state'
  // Words of ioredis' parser.
  if (/^(Unknown RESP type|Protocol error, got)/.test(message)) {
    return 'does not speak Redis: check host and port in `state.url`'
  }
  if (/NOAUTH/.test(message)) return wantsPassword(at)
  if (/WRONGPASS|invalid password/.test(message)) {
    const url = at === 'state' ? ', or those in `state.url`' : ''
    return `refuses the user or the password: check \`${at}.username\` and \`${at}.password\`${url}`
  }
  if (message.startsWith('NOPERM')) return denied(message)
  if (isOfSelect(failure)) {
    const { pathname } = urlOf(address)
    return `does not open database ${pathname.slice(1)} (${message}): name another at the end of \`state.url\`, such as /0`
  }
  if (CERTIFICATE.test(String(code))) {
    return `shows a certificate that is not trusted (${message}): let \`state.tls.ca_file\` name its CA, and use a host name that is in it`
  }
  const isBroken = code === 'ECONNRESET' || code === 'EPROTO'
  if (usesTls(address) && !wasReady && (failure === undefined || isBroken || code === 'ETIMEDOUT')) {
    return 'does not answer in TLS: if it speaks none there, write redis:// instead of rediss:// in `state.url`'
  }
  if (isBroken && !wasReady) {
    return `breaks the connection (${message}): if it speaks TLS there, write rediss:// instead of redis:// in \`state.url\``
  }
  return failure === undefined ? 'does not answer' : `can't be reached: ${message}`
}

/** Codes of Node for what is wrong with a server's certificate; https://nodejs.org/api/tls.html#x509-certificate-error-codes */
const CERTIFICATE = /^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_TLS_CERT)/

/** What follows `Redis at …` when it refused a write. `nodeFailure`: of a node of a Cluster, which then has the reason. */
export function toldRefusal(refusal: unknown, nodeFailure?: unknown): string {
  const known = toldDenial(refusal) ?? toldFull(refusal)
  if (known !== undefined) return known
  if (nodeFailure !== undefined) return toldOfNode(nodeFailure)
  if (LOST.test(messageOf(refusal)))
    return "can't be reached at one of its nodes: see redis-cli CLUSTER NODES"
  return `takes no writes: ${messageOf(refusal).replace(/^Too many Cluster redirections\. Last error: (ReplyError: )?/, '')}`
}

/** Of a Cluster: the others answer, and say that it is down. */
export function toldOfNode(failure: unknown): string {
  return `can't be reached at one of its nodes: ${messageOf(failure)}`
}

/** For a user who lacks a right, whatever Redis was asked for. */
export function toldDenial(error: unknown): string | undefined {
  const message = messageOf(error)
  return message.startsWith('NOPERM') ? denied(message) : undefined
}

/** The database that the address names was refused. */
export function isOfSelect(failure: unknown): boolean {
  return (failure as RedisFailure | undefined)?.command?.name === 'select'
}

function wantsPassword(at: string): string {
  const url = at === 'state' ? `, or put one into \`state.url\`, redis://:\${REDIS_PASSWORD}@…` : ''
  return `wants a password: set \`${at}.password\`, such as "\${REDIS_PASSWORD}"${url}`
}

function denied(message: string): string {
  return (
    `does not let its user do what is needed (${message}): ` +
    'give it all commands on the keys that begin with `state.prefix`, ' +
    'such as ACL SETUSER auditferry ~auditferry:* +@all'
  )
}

export function urlOf({ url }: RedisAddress): URL {
  return new URL(url?.reveal() ?? 'redis://127.0.0.1:6379')
}

/** Of sentinels and cluster nodes too: their `url` then only says so, and carries the credentials. */
export function usesTls(address: RedisAddress): boolean {
  return urlOf(address).protocol === 'rediss:'
}
