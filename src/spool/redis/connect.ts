/** The connection to Redis: one server, one behind Sentinel, or a Cluster; and whether it can be reached now. */
import { readFileSync } from 'node:fs'
import { Cluster, Redis } from 'ioredis'
import type { HostPort, RedisAddress } from '../../config/config.ts'
import { messageOf } from '../../errors.ts'
import type { Logger } from '../../lib/logger.ts'
import type { RedisClient } from './commands.ts'
import { isOfSelect, toldDenial, toldFailure, urlOf, usesTls } from './failure.ts'
import { LOST } from './telling-store.ts'

export interface RedisConnection {
  readonly client: RedisClient
  /** Where it is, without credentials. */
  readonly where: string
  /** Why it can't be reached, if so. */
  trouble(): string | undefined
  onDisconnect(hear: () => void): void
  /** Resolves when it answers; rejects when the signal is aborted. */
  ready(signal?: AbortSignal): Promise<void>
}

/** A server that is asked to go on and says nothing for so long is in trouble; the connection is kept. */
const SILENT_MS = 5_000
const ASK_EVERY_MS = 2_000
const PROBE_KEPT_MS = 60_000
/** Then the connection counts as broken: a host that vanished closes nothing. */
const SOCKET_TIMEOUT_MS = 60_000
const LOOK_FOR_MASTER_MS = { first: 1_000, most: 15_000 }

/** `probe`: a key that is written to see whether writes are taken. */
export function connectRedis(address: RedisAddress, probe: string, logger: Logger): RedisConnection {
  const client = createClient(address, { failsFast: true })
  const where = whereOf(address)
  /** The last one since it was ready; undefined: it said nothing yet. */
  let failure: unknown
  let refusal: string | undefined
  let askedAt: number | undefined
  let wasReady = false
  /** Told once until it takes writes again, however often it is connected meanwhile. */
  let isLost = false
  let warnedOf: string | undefined

  client.on('error', (error) => {
    // Of a connection that was given up meanwhile: the reason came before.
    if (!LOST.test(messageOf(error))) failure = error
  })
  client.on('ready', () => {
    askedAt = undefined
    failure = undefined
    if (wasReady) probeIt()
    else if (warnedOf !== undefined) logger.info('Redis is reached', { redis: where })
    wasReady = true
  })
  client.on('close', () => {
    if (!wasReady || isLost || client.status === 'end') return
    isLost = true
    logger.warn('the connection to Redis was lost', { redis: where })
  })
  const answered = (error?: unknown) => {
    askedAt = undefined
    // Asked on a connection that broke: no answer of Redis.
    if (error !== undefined && LOST.test(messageOf(error))) return
    const before = refusal
    refusal = error === undefined ? undefined : (toldDenial(error) ?? `takes no writes: ${messageOf(error)}`)
    if (refusal !== undefined && refusal !== before) {
      logger.warn('Redis takes no writes', { redis: where, reason: refusal })
    }
    if (refusal === undefined && isLost) logger.info('Redis is reached again', { redis: where })
    isLost = refusal !== undefined
  }
  const probeIt = () => {
    askedAt = Date.now()
    client.set(probe, '', 'PX', PROBE_KEPT_MS).then(() => answered(), answered)
  }
  /** Of each trouble once: while it never was ready no connection is lost that would be told. */
  const warnOfStart = () => {
    const reason = trouble()
    if (reason === undefined || reason === warnedOf) return
    warnedOf = reason
    logger.warn('Redis can not be used yet: it is waited for', { redis: where, reason })
  }
  const watch = setInterval(() => {
    if (client.status === 'end') return clearInterval(watch)
    if (!wasReady) warnOfStart()
    if (client.status !== 'ready' || askedAt !== undefined) return
    probeIt()
  }, ASK_EVERY_MS).unref()

  const trouble = () => {
    if (client.status !== 'ready') return `Redis at ${where} ${toldFailure(failure, address, wasReady)}`
    if (askedAt !== undefined && Date.now() - askedAt > SILENT_MS) return `Redis at ${where} does not answer`
    return refusal === undefined ? undefined : `Redis at ${where} ${refusal}`
  }
  return {
    client,
    where,
    trouble,
    onDisconnect(hear) {
      client.on('close', hear)
      // Of a Cluster: one of its nodes.
      client.on('-node', hear)
    },
    async ready(signal) {
      while (client.status !== 'ready') {
        signal?.throwIfAborted()
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    },
  }
}

/**
 * `failsFast`: a command that has no answer when its connection breaks fails at once and is not sent again, since the
 * claim under which it was sent is lost. Else it waits for Redis as long as it takes, as BullMQ wants it.
 */
export function createClient(address: RedisAddress, { failsFast = false } = {}): RedisClient {
  const { sentinel, cluster } = address
  const options = {
    ...credentialsOf(address),
    ...(usesTls(address) ? { tls: tlsOf(address) } : {}),
    maxRetriesPerRequest: failsFast ? 0 : null,
    enableOfflineQueue: !failsFast,
    autoResendUnfulfilledCommands: !failsFast,
    socketTimeout: SOCKET_TIMEOUT_MS,
    reconnectOnError: lookForMaster(),
  }
  if (cluster !== undefined) {
    return new Cluster([...cluster], {
      redisOptions: options,
      // What waits for a node to be connected was not sent; what was sent without an answer is not sent again.
      ...(failsFast ? { retryDelayOnFailover: 0 } : {}),
      // Certificates of managed clusters name hosts, not addresses.
      ...(usesTls(address) ? { dnsLookup: (name, callback) => callback(null, name) } : {}),
    })
  }
  if (sentinel !== undefined) {
    return new Redis({
      ...options,
      sentinels: [...sentinel.nodes],
      name: sentinel.name,
      enableTLSForSentinelMode: usesTls(address),
      ...(usesTls(address) ? { sentinelTLS: tlsOf(address) } : {}),
      ...(sentinel.username === undefined ? {} : { sentinelUsername: sentinel.username }),
      ...(sentinel.password === undefined ? {} : { sentinelPassword: sentinel.password.reveal() }),
    })
  }
  const url = urlOf(address)
  const db = url.pathname.length > 1 ? { db: Number(url.pathname.slice(1)) } : {}
  const client = new Redis({ ...options, host: hostOf(url), port: Number(url.port || 6379), ...db })
  // ioredis would go on in database 0, which may be another's.
  client.on('error', (error) => {
    if (isOfSelect(error)) client.disconnect(true)
  })
  return client
}

/** After a fail-over the old master is a replica: look for the new one, at once and then ever later. */
function lookForMaster(): (error: Error) => boolean {
  let notBefore = 0
  let waitMs = 0
  return ({ message }) => {
    if (!message.startsWith('READONLY') || Date.now() < notBefore) return false
    const isNew = Date.now() - notBefore > LOOK_FOR_MASTER_MS.most
    waitMs = isNew ? LOOK_FOR_MASTER_MS.first : Math.min(2 * waitMs, LOOK_FOR_MASTER_MS.most)
    notBefore = Date.now() + waitMs
    return true
  }
}

function credentialsOf(address: RedisAddress): { username?: string; password?: string } {
  const url = urlOf(address)
  const user = address.username ?? decodeURIComponent(url.username)
  const secret = address.password?.reveal() ?? decodeURIComponent(url.password)
  return { ...(user === '' ? {} : { username: user }), ...(secret === '' ? {} : { password: secret }) }
}

function tlsOf({ tls }: RedisAddress) {
  return {
    rejectUnauthorized: tls?.insecureSkipVerify !== true,
    ...(tls?.caFile === undefined ? {} : { ca: readFileSync(tls.caFile) }),
    ...(tls?.certFile === undefined ? {} : { cert: readFileSync(tls.certFile) }),
    ...(tls?.keyFile === undefined ? {} : { key: readFileSync(tls.keyFile) }),
  }
}

function whereOf(address: RedisAddress): string {
  const { sentinel, cluster } = address
  const list = (nodes: readonly HostPort[]) => nodes.map(({ host, port }) => `${host}:${port}`).join(', ')
  if (cluster !== undefined) return `cluster ${list(cluster)}`
  if (sentinel !== undefined) return `${sentinel.name} of the sentinels ${list(sentinel.nodes)}`
  const at = urlOf(address)
  return `${at.hostname}:${at.port || 6379}`
}

/** IPv6 stands in brackets in a URL, and without in a socket's options. */
function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1')
}
