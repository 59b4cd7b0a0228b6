/**
 * The shared store: Redis through ioredis. One stream per source with one zstd entry per append; spool, ledger and
 * checkpoint change in one script, and so do cursor, dead letters and a sink's ledger. Each write carries the fencing
 * number of its claim.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf, OperationError } from '../../errors.ts'
import type { Logger } from '../../lib/logger.ts'
import type { SourceState } from '../source-state.ts'
import type { Append, Entry, Published, Store } from '../store.ts'
import { ClaimLost } from '../store.ts'
import { createClaims } from './claims.ts'
import { CONNECTION_LOST, parsed, withClearErrors } from './clear-errors.ts'
import { asBuffer, loadScripts, type RedisClient } from './commands.ts'
import { createDays } from './days.ts'
import { createDeadLetters } from './dead-letters.ts'
import { healthKey, keysOf, sourcesKey } from './keys.ts'
import { createLanes } from './lanes.ts'
import { createLedger } from './ledger.ts'
import { createLeftLanes } from './left-lanes.ts'
import { createPauses } from './pauses.ts'
import { quarantined, quarantineRecord } from './records.ts'
import { createTrail } from './trail.ts'

interface RedisStoreOptions {
  readonly client: RedisClient
  readonly prefix: string
  readonly leaseMs: number
  readonly logger: Logger
  /** Its address, without credentials. */
  readonly where: string
  /** Why Redis can't be reached, if so. */
  trouble(): string | undefined
  /** Why nothing more may be entrusted to it, if so. */
  drops?(): string | undefined
  /** Called when the connection broke: unanswered commands may or may not have been carried out. */
  onDisconnect(hear: () => void): void
  /** Called when a write was fenced off. */
  refused?(): void
}

const CLOSE_WITHIN_MS = 2_000

export function openRedisStore(it: RedisStoreOptions): Store {
  const { client, prefix } = it
  const scripts = loadScripts(client)
  const claims = createClaims(prefix, it.leaseMs, scripts, it.logger)
  const keys = (source: string) => keysOf(prefix, source)
  const registered = new Set<string>()
  it.onDisconnect(() => {
    registered.clear()
    claims.loseAll(CONNECTION_LOST)
  })

  /** Commands are sent in the order of the calls, whatever each has to wait for first. */
  let sent: Promise<unknown> = Promise.resolve()
  const inOrder = async <Ready, T>(ready: Promise<Ready>, send: (ready: Ready) => Promise<T>): Promise<T> => {
    const answer = Promise.all([ready, sent]).then(([it]) => ({ answer: send(it) }))
    sent = answer.catch(() => undefined)
    return (await answer).answer
  }
  /** For a command that waits for nothing else. */
  const afterSent = <T>(send: () => Promise<T>): Promise<T> => inOrder(Promise.resolve(), send)

  const register = async (source: string) => {
    if (registered.has(source)) return
    await client.sadd(sourcesKey(prefix), source)
    registered.add(source)
  }
  const sources = () => client.smembers(sourcesKey(prefix))

  /** Writes under a claim, which is lost if the write is fenced off. */
  const write = async <T>(
    holding: Parameters<typeof claims.lose>[0],
    source: string,
    send: (fence: string) => Promise<T>,
  ) => {
    try {
      // Checked first, because a closed store never gives another answer, and the settler would ask again forever.
      claims.assure(holding)
      const ready = register(source).then(() => claims.fence(holding, source))
      return await inOrder(ready, (fence) => {
        // The claim may have been lost while the write waited for its turn.
        claims.assure(holding)
        return send(fence)
      })
    } catch (error) {
      const message = messageOf(error)
      const isKnown = error instanceof ClaimLost
      // A broken connection does not mean that another process took the claim.
      if (message !== CONNECTION_LOST && (isKnown || message.includes('CLAIMLOST'))) it.refused?.()
      if (isKnown || !message.includes('CLAIMLOST')) throw error
      registered.clear()
      claims.lose(holding, message.replace('CLAIMLOST ', ''))
      throw new ClaimLost(message.replace('CLAIMLOST ', ''))
    }
  }

  const store: Store = {
    runtime: 'redis',
    async claim(holding) {
      // A flush also deletes the list of sources, without breaking any connection.
      registered.clear()
      // Done first, since it may fail by itself: the list may be on another node of a Cluster. A claim taken before
      // that would belong to nobody, and be renewed forever.
      await Promise.all(('source' in holding ? [holding.source] : holding.sources).map(register))
      return claims.claim(holding)
    },
    async publish(component, health) {
      await client.hset(healthKey(prefix), component, JSON.stringify(health))
    },
    async published(component) {
      const text = await client.hget(healthKey(prefix), component)
      return text === null ? undefined : parsed<Published>(text, healthKey(prefix))
    },
    ...createPauses(client, prefix),
    trouble: () => it.trouble(),

    async loadSource(source) {
      const text = await afterSent(() => client.hget(keys(source).state, 'state'))
      return text === null ? undefined : parsed<SourceState>(text, keys(source).state)
    },
    async append(append) {
      const { source } = append
      const dropping = it.drops?.()
      if (dropping !== undefined) throw new OperationError(dropping)
      const of = keys(source)
      // Serialised here, so that what can't be serialised is refused before anything is written.
      const args = appendArguments(append)
      const names = [
        of.claims,
        of.state,
        of.log,
        of.ledger,
        of.minutes,
        of.uids,
        of.quarantine,
        of.quarantineTimes,
      ]
      const added = await write({ source }, source, (fence) => scripts.append(names, [fence, ...args]))
      return { quarantined: Number(added) }
    },
    ...createLedger({ client, keys, prune: scripts.prune, inOrder: afterSent }),

    async bounds(source) {
      const fields = ['start', 'end', 'written', 'freed'] as const
      const found = await afterSent(() => client.hmget(keys(source).state, ...fields))
      const [start = 0, end = 0, written = 0, freed = 0] = found.map(Number)
      return { start, end, bytes: written - freed }
    },
    async readEntry(source, offset): Promise<Entry | undefined> {
      if (offset < 0) return undefined
      const read = () => client.xrevrangeBuffer(keys(source).log, `${offset + 1}-0`, '-', 'COUNT', 1)
      const [found] = (await afterSent(read)) as [Buffer, Buffer[]][]
      if (found === undefined) return undefined
      const [id, [, count, , , , blob]] = found
      const base = Number(id.toString('latin1').replace(/-.*/, '')) - 1
      if (count === undefined || blob === undefined || offset >= base + Number(count)) return undefined
      return { base, count: Number(count), blob }
    },
    ...createLeftLanes({ client, keys, trim: scripts.trim, inOrder: afterSent }),
    ...createLanes({
      client,
      keys,
      sources,
      write,
      settle: scripts.settle,
      inOrder: afterSent,
    }),
    ...createDays(scripts.days, keys),
    ...createDeadLetters({ client, keys, sources, register, scripts }),
    ...createTrail(client, prefix, scripts),

    async quarantine(source, limit) {
      const { quarantine, quarantineTimes } = keys(source)
      const ids = await client.zrange(quarantineTimes, '0', String(limit - 1), 'REV')
      if (ids.length === 0) return []
      const texts = await client.hmget(quarantine, ...ids)
      return ids.flatMap((id, at) => (texts[at] ? [quarantined(id, texts[at], quarantine)] : []))
    },
    countQuarantined: (source) => client.hlen(keys(source).quarantine),

    async close(withinMs = CLOSE_WITHIN_MS) {
      const closed = claims.close().then(() => client.quit())
      const isClosed = closed.then(
        () => true,
        () => false,
      )
      // A server that hangs does not answer; what is held expires with its lease.
      const late = sleep(Math.min(withinMs, CLOSE_WITHIN_MS), false)
      if (!(await Promise.race([isClosed, late]))) client.disconnect()
    },
  }
  return withClearErrors(store, it.where)
}

function appendArguments({
  entry,
  state,
  ledger,
  quarantined: records,
}: Append): (string | number | Buffer)[] {
  const { base, count, blob } = entry ?? {}
  return [
    JSON.stringify(state),
    ...(base === undefined || count === undefined || blob === undefined
      ? [0]
      : [1, base, count, asBuffer(blob)]),
    ledger.length,
    ...ledger.flatMap((it) => [
      it.minute,
      it.count,
      asBuffer(it.digest),
      it.uids === undefined ? 0 : 1,
      asBuffer(it.uids ?? new Uint8Array()),
    ]),
    records.length,
    ...records.flatMap((it) => [it.id, it.at, quarantineRecord(it)]),
  ]
}
