/** The connection to Redis, and whether it is usable now. */
import { Cluster } from 'ioredis'
import type { HostPort, RedisAddress } from '../../config/config.ts'
import { messageOf } from '../../errors.ts'
import type { Logger } from '../../lib/logger.ts'
import { LOST } from './clear-errors.ts'
import { createClient } from './client.ts'
import type { RedisClient } from './commands.ts'
import { describeFailure, describeRefusal, isAnswer, urlOf } from './failure.ts'
import { askWhetherItDrops } from './start-checks.ts'
import { hearOfNodes, onSlotLost, WatchedCluster } from './watched-cluster.ts'

interface RedisConnection {
  readonly client: RedisClient
  /** Its address, without credentials. */
  readonly where: string
  /** Why it can't be reached, if so. */
  trouble(): string | undefined
  /** Why nothing more may be entrusted to it, if so: it drops keys by now. */
  drops(): string | undefined
  onDisconnect(hear: () => void): void
  /** Asks now whether it takes writes, so that `trouble` knows. Never rejects. */
  probe(): Promise<void>
  /**
   * Called when Redis hangs or the network has cut it off. The sentinels may name another master by now, which no
   * breaking connection would reveal.
   */
  onElsewhere(hear: () => void): void
  /** Resolves when Redis answers and is not known to refuse writes; rejects when the signal is aborted. */
  ready(signal?: AbortSignal): Promise<void>
}

/** A server that does not answer for so long is in trouble; sentinels may know another master. */
const SILENT_MS = 5_000
/** Then a single Redis is connected to anew: the network may have dropped the connection, which the system notices after a quarter of an hour. */
const DROPPED_MS = 30_000
const ASK_EVERY_MS = 2_000
const PROBE_KEPT_MS = 60_000

/** `probes`: keys that are written to find out whether Redis takes writes. */
export function connectRedis(
  address: RedisAddress,
  probes: readonly string[],
  logger: Logger,
): RedisConnection {
  const client = createClient(address, { failsFast: true })
  const where = whereOf(address)
  /** The last failure since it was ready; undefined if there was none yet. */
  let failure: unknown
  /** Cluster only: how the last connection to one of its nodes ended, since all of them answered. */
  let nodeFailure: unknown
  let refusal: string | undefined
  let eviction: string | undefined
  let askedAt: number | undefined
  let hasMoved = false
  let wasReady = false
  /** Logged only once until Redis takes writes again, however often it reconnects meanwhile. */
  let isLost = false
  let warnedOf: string | undefined
  let lookedAt = Number.NEGATIVE_INFINITY
  const elsewhere: (() => void)[] = []

  client.on('error', (error) => {
    // An error of a connection that was given up meanwhile; the reason came earlier.
    if (!LOST.test(messageOf(error))) failure = error
  })
  if (client instanceof Cluster) {
    hearOfNodes(client, (error) => {
      if (!LOST.test(messageOf(error))) nodeFailure = error
    })
  }
  client.on('ready', () => {
    askedAt = undefined
    failure = undefined
    if (wasReady) void probeIt()
    else if (warnedOf !== undefined) logger.info('Redis is reached', { redis: where })
    warnedOf = undefined
    wasReady = true
  })
  client.on('close', () => {
    if (!wasReady || isLost || client.status === 'end') return
    isLost = true
    logger.warn('the connection to Redis was lost', { redis: where })
  })
  const answered = (error?: unknown) => {
    askedAt = undefined
    // Asked on a connection that broke, so this is not Redis's answer. A Cluster stays `ready` while one of its nodes
    // is there.
    if (error !== undefined && LOST.test(messageOf(error)) && !(client instanceof Cluster)) return
    // A slot has moved, so it is asked again at its new place.
    const moves = error !== undefined && messageOf(error).startsWith('MOVED ')
    const isNews = moves && !hasMoved
    hasMoved = moves
    if (isNews) return
    const before = refusal
    refusal = error === undefined ? undefined : describeRefusal(error, nodeFailure)
    if (refusal === undefined) nodeFailure = undefined
    if (refusal !== undefined && refusal !== before) {
      logger.warn('Redis takes no writes', { redis: where, reason: refusal })
    }
    if (refusal === undefined && isLost) logger.info('Redis is reached again', { redis: where })
    isLost = refusal !== undefined
  }
  const hearOfEviction = (found: string | undefined) => {
    if (found !== undefined && found !== eviction)
      logger.error('Redis may lose events', { redis: where, reason: found })
    if (found === undefined && eviction !== undefined)
      logger.info('Redis keeps what it is given again', { redis: where })
    eviction = found
  }
  const probeIt = async () => {
    askedAt = performance.now()
    const asked = probes.map((key) => client.set(key, '', 'PX', PROBE_KEPT_MS))
    await Promise.all([
      Promise.all(asked).then(() => answered(), answered),
      askWhetherItDrops(client).then(hearOfEviction, () => undefined),
    ])
  }
  /** Warns once per trouble. What lost connections can't say: why it was never ready, or lets nobody in any more. */
  const warnOfTrouble = () => {
    const reason = trouble()
    if (reason === undefined || reason === warnedOf) return
    warnedOf = reason
    logger.warn(`Redis cannot be used${wasReady ? '' : ' yet'}: waiting for it`, { redis: where, reason })
  }
  const beSilent = () => {
    if (!isLost) logger.warn('Redis does not answer', { redis: where })
    isLost = true
    const patienceMs = address.sentinel === undefined ? DROPPED_MS : SILENT_MS
    if (client instanceof Cluster || performance.now() - Math.max(lookedAt, askedAt ?? 0) < patienceMs) return
    lookedAt = performance.now()
    client.disconnect(true)
    for (const hear of elsewhere) hear()
  }
  const watch = setInterval(() => {
    if (client.status === 'end') return clearInterval(watch)
    if (!wasReady || (client.status !== 'ready' && isAnswer(failure))) warnOfTrouble()
    if (isSilent()) beSilent()
    if (client.status !== 'ready' || askedAt !== undefined) return
    void probeIt()
  }, ASK_EVERY_MS).unref()

  const isSilent = () => askedAt !== undefined && performance.now() - askedAt > SILENT_MS
  const trouble = () => {
    if (client.status !== 'ready') {
      return `Redis at ${where} ${describeFailure(failure, address, wasReady, nodeFailure)}`
    }
    if (isSilent()) return `Redis at ${where} does not answer`
    return refusal === undefined ? drops() : `Redis at ${where} ${refusal}`
  }
  const drops = () => eviction && `Redis at ${where} ${eviction}`
  return {
    client,
    where,
    trouble,
    drops,
    onDisconnect(hear) {
      client.on('close', hear)
      if (client instanceof WatchedCluster) onSlotLost(client, hear)
    },
    probe: probeIt,
    onElsewhere: (hear) => void elsewhere.push(hear),
    async ready(signal) {
      while (client.status !== 'ready' || refusal !== undefined) {
        signal?.throwIfAborted()
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    },
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
