/** Opens the store that the configuration names, with the schedule that goes with it. */
import type { EmbeddedState, RedisState, StateConfig } from '../config/config.ts'
import { OperationError } from '../errors.ts'
import type { Logger } from '../lib/logger.ts'
import type { Schedule } from '../schedule/schedule.ts'
import { createTimers } from '../schedule/timers.ts'
import { encryptStore } from '../spool/encrypted-store.ts'
import { openSqliteStore } from '../spool/sqlite/store.ts'
import type { Store } from '../spool/store.ts'

export interface OpenedStore {
  readonly store: Store
  /** Resolves once the store can be used: a Redis is waited for. Throws OperationError for one that would lose events. */
  ready(signal?: AbortSignal): Promise<void>
  /** Asks now whether the store takes writes, so that its `trouble` knows. Never rejects. */
  probe(): Promise<void>
  /** Whether what it rejected with will pass: the connection broke, a part of it is away, it accepts no writes now. */
  isPassing(error: unknown): boolean
  /** Of a service; a single pass needs none. */
  createSchedule(shutdownTimeoutMs: number): Promise<Schedule>
}

interface OpenStoreParts {
  readonly logger: Logger
  /** Ids of sources to keep watch of: in a Cluster each may lie on a different node. */
  readonly sources?: readonly string[]
  /** Called when a write was refused because this process had lost its claim. */
  refused?(): void
}

/** Throws OperationError when the state can't be opened. */
export async function openStore(state: StateConfig, parts: OpenStoreParts): Promise<OpenedStore> {
  const opened = state.type === 'redis' ? await openOnRedis(state, parts) : openOnDisk(state)
  const { encryptionKeys: keys = [] } = state
  const bytes = keys.map((key) => Buffer.from(key.reveal(), 'base64'))
  return { ...opened, store: encryptStore(opened.store, bytes) }
}

/** Throws OperationError with what is wrong when the store can't be used after so long. */
export async function readyWithin({ store, ready }: OpenedStore, patienceMs: number): Promise<void> {
  try {
    await ready(AbortSignal.timeout(patienceMs))
  } catch (error) {
    const trouble = store.trouble()
    throw trouble === undefined ? error : new OperationError(trouble)
  }
}

function openOnDisk({ path }: EmbeddedState): OpenedStore {
  const store = openSqliteStore(path)
  return {
    store,
    ready: async () => {},
    probe: async () => {},
    isPassing: () => false,
    createSchedule: async () => createTimers(),
  }
}

/** The clients of Redis are loaded only where they are used. */
async function openOnRedis(
  state: RedisState,
  { logger, sources = [], refused }: OpenStoreParts,
): Promise<OpenedStore> {
  const { address, prefix, leaseMs } = state
  const { createClient } = await import('../spool/redis/client.ts')
  const { connectRedis } = await import('../spool/redis/connect.ts')
  const { jobsPrefix, probeKeys } = await import('../spool/redis/keys.ts')
  const { checkLayout, checkRedis } = await import('../spool/redis/start-checks.ts')
  const { openRedisStore } = await import('../spool/redis/store.ts')
  const { describeDenial, isPassing } = await import('../spool/redis/clear-errors.ts')
  const connection = connectRedis(address, probeKeys(prefix, sources), logger)
  const { client, where } = connection
  return {
    store: openRedisStore({ ...connection, prefix, leaseMs, logger, ...(refused && { refused }) }),
    async ready(signal) {
      await connection.ready(signal)
      await checkRedis(client, where, logger)
      await checkLayout(client, prefix, where)
    },
    probe: connection.probe,
    isPassing,
    async createSchedule(shutdownTimeoutMs) {
      const { createBullSchedule } = await import('../schedule/bullmq/schedule.ts')
      const connect = () => createClient(address)
      const { onElsewhere } = connection
      const parts = { connect, onElsewhere, describeDenial, leaseMs, shutdownTimeoutMs, logger }
      return createBullSchedule({ ...parts, prefix: jobsPrefix(prefix) })
    },
  }
}
