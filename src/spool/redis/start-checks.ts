/** What a Redis must have to keep events safely; each finding comes with the command that mends it. */
import type { Redis } from 'ioredis'
import { messageOf, OperationError } from '../../errors.ts'
import type { Logger } from '../../lib/logger.ts'
import { CONNECTION_LOST, describeDenial, LOST } from './clear-errors.ts'
import type { RedisClient } from './commands.ts'
import { layoutKey } from './keys.ts'

/** ZRANGE … BYSCORE REV came with 6.2 (redis.io, ZRANGE, history). */
const OLDEST = [6, 2] as const
const CLOCK_TOLERANCE_MS = 5_000

/** Throws OperationError for a Redis that would lose events; warns about one that might. */
export async function checkRedis(client: RedisClient, where: string, logger: Logger): Promise<void> {
  const isCluster = 'nodes' in client
  for (const node of mastersOf(client)) {
    const info = infoOf(await node.info().catch((error) => refuse(error, where)))
    const cli = cliOf(node)
    const refusal = refusalOf(info, isCluster, cli)
    if (refusal !== undefined) throw new OperationError(`Redis at ${where} ${refusal}`)
    if (info.aof_enabled !== '1') {
      logger.warn('Redis does not persist its data: a restart loses what is not delivered yet', {
        redis: where,
        cure: `${cli} CONFIG SET appendonly yes, and the same in redis.conf`,
      })
    }
    const [seconds, micros] = await node.time().catch((error) => refuse(error, where))
    const ahead = Number(seconds) * 1000 + Number(micros) / 1000 - Date.now()
    if (Math.abs(ahead) > CLOCK_TOLERANCE_MS) {
      logger.warn('the clock of Redis differs from this machine’s', {
        redis: where,
        seconds: Math.round(ahead / 1000),
        cure: 'synchronise both, for instance with chrony',
      })
    }
  }
}

/**
 * The text that follows `Redis at …` if it drops keys by now: its settings were changed since it was checked, or a
 * server with others has taken its place.
 */
export async function askWhetherItDrops(client: RedisClient): Promise<string | undefined> {
  const found = await Promise.all(
    mastersOf(client).map(async (node) => {
      const eviction = evictionOf(infoOf(await node.info('memory')), cliOf(node))
      if (eviction === undefined) return undefined
      const hasDropped = Number(infoOf(await node.info('stats')).evicted_keys) > 0
      return hasDropped ? `${eviction}. It has dropped some already: ${CURE_OF_DROPPED}` : eviction
    }),
  )
  return found.find((it) => it !== undefined)
}

const CURE_OF_DROPPED =
  '`auditferry reconcile` names the events that are missing, `replay` or `backfill --sink` sends them again'

function mastersOf(client: RedisClient): Redis[] {
  return 'nodes' in client ? client.nodes('master') : [client]
}

function cliOf({ options }: Redis): string {
  return `redis-cli -h ${options.host ?? '127.0.0.1'} -p ${options.port ?? 6379}`
}

/** Raised with each change that an older version would misread. */
const LAYOUT = 1

/** Throws OperationError if a newer version wrote what is stored there. */
export async function checkLayout(client: RedisClient, prefix: string, where: string): Promise<void> {
  const key = layoutKey(prefix)
  const found = await client.get(key).catch((error) => refuse(error, where))
  // If this can't be written, nothing else can either.
  if (found === null) await client.set(key, LAYOUT, 'NX').catch(() => undefined)
  else if (Number(found) > LAYOUT) {
    throw new OperationError(
      `Redis at ${where}: what lies under ${prefix} was written by a newer auditferry (layout ${found}, this one knows ${LAYOUT}): start the newer version`,
    )
  }
}

function refuse(error: unknown, where: string): never {
  const denial = describeDenial(error)
  if (denial !== undefined) throw new OperationError(`Redis at ${where} ${denial}`)
  throw LOST.test(messageOf(error)) ? new OperationError(CONNECTION_LOST) : error
}

function refusalOf(info: Info, isCluster: boolean, cli: string): string | undefined {
  const version = info.redis_version ?? '0'
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
    return `is version ${version}: 6.2 or newer is needed`
  }
  const eviction = evictionOf(info, cli)
  if (eviction !== undefined) return eviction
  if (info.cluster_enabled === '1' && !isCluster) {
    return 'is a cluster: name its nodes under state.cluster instead of state.url'
  }
  if (info.role === 'slave') return 'is a replica: name the master, or the sentinels under state.sentinel'
  return undefined
}

function evictionOf(info: Info, cli: string): string | undefined {
  const policy = info.maxmemory_policy ?? 'noeviction'
  if (policy === 'noeviction') return undefined
  return (
    `drops keys when its memory is full (maxmemory-policy ${policy}), and events with them: ` +
    `${cli} CONFIG SET maxmemory-policy noeviction, and the same in redis.conf`
  )
}

type Info = Readonly<Record<string, string | undefined>>

function infoOf(text: string): Info {
  return Object.fromEntries([...text.matchAll(/^(\w+):(.*?)\r?$/gm)].map(([, key, value]) => [key, value]))
}
