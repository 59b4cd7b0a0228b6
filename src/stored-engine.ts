/** The engine's answers, read from the store of an engine that does not run. Takes the engine's lock meanwhile. */
import type { Config } from './config/config.ts'
import { sinkStatus, sourceStatus, spoolStatus, worstState } from './ops/assess.ts'
import type { Status } from './ops/status.ts'
import type { EngineQueries } from './server/client.ts'
import { openSqliteStore } from './spool/sqlite/store.ts'
import { freshSource, type Store } from './spool/store.ts'
import { VERSION } from './version.ts'

export interface StoredApi extends EngineQueries {
  close(): Promise<void>
}

/** Throws OperationError when the state can't be opened. */
export async function openStoredApi(config: Config): Promise<StoredApi> {
  const store = openSqliteStore(config.state.path)
  return {
    status: () => storedStatus(config, store),
    deadLetters: (query) => store.deadLetters(query),
    queueDeadLetters: (query) => store.queueDeadLetters(query),
    dropDeadLetters: (query) => store.dropDeadLetters(query),
    close: () => store.close(),
  }
}

async function storedStatus(config: Config, store: Store): Promise<Status> {
  const now = Date.now()
  const sources = Object.values(config.sources)
  const logs = new Map(
    await Promise.all(sources.map(async ({ id }) => [id, await store.bounds(id)] as const)),
  )
  const health = { state: 'idle', reason: 'no engine is running' } as const
  const sourceEntries = await Promise.all(
    sources.map(async (source) => {
      const state = (await store.loadSource(source.id)) ?? freshSource
      const quarantined = await store.countQuarantined(source.id)
      return [source.id, sourceStatus({ config: source, state, quarantined, health }, now)] as const
    }),
  )
  const sinkEntries = await Promise.all(
    Object.values(config.sinks).map(async (sink) => {
      const state = (await store.loadLane(sink.id)) ?? { cursors: {} }
      return [
        sink.id,
        sinkStatus({ config: sink, state, logs, trouble: undefined, oldest: undefined }, now),
      ] as const
    }),
  )
  return {
    version: VERSION,
    state: worstState([...sourceEntries, ...sinkEntries].map(([, one]) => one)),
    startedAt: '',
    runtime: store.runtime,
    sources: Object.fromEntries(sourceEntries),
    sinks: Object.fromEntries(sinkEntries),
    spool: spoolStatus(logs, config.state.maxSpoolBytes),
  }
}
