/** The engine's answers while none runs, read straight from its store. Holds the engine's lock meanwhile. */
import type { Config } from '../config/config.ts'
import { OperationError } from '../errors.ts'
import { silentLogger } from '../lib/logger.ts'
import { importState } from '../mirror/import-state.ts'
import { documentOf } from '../mirror/mirror.ts'
import { createCommandRecord } from '../trail/command-record.ts'
import { cancelBackfill, cancelStored } from './backfill-cancel.ts'
import { deadLetterLines } from './dead-letter-lines.ts'
import type { EngineQueries } from './engine-queries.ts'
import { componentOf } from './named-component.ts'
import { openSinks } from './open-sinks.ts'
import { openStore, readyWithin } from './open-store.ts'
import { storedStatus } from './stored-status.ts'
import { withTrail } from './stored-trail.ts'

export interface StoredApi extends EngineQueries {
  close(): Promise<void>
}

/** How long a command waits for a Redis. */
const PATIENCE_MS = 5_000

/** Throws OperationError when the state can't be opened. */
export async function openStoredApi(config: Config): Promise<StoredApi> {
  const sources = Object.keys(config.sources)
  const opened = await openStore(config.state, { logger: silentLogger, sources })
  const { store } = opened
  try {
    await readyWithin(opened, PATIENCE_MS)
  } catch (error) {
    await store.close()
    throw error
  }
  const sinks = openSinks()
  const ending = new AbortController()
  const { signal } = ending
  let underWay: Promise<unknown> = Promise.resolve()
  /** If the command is interrupted meanwhile, the store is closed only after this has ended. */
  const beforeClose = <Result>(start: () => Promise<Result>): Promise<Result> => {
    const work = start()
    underWay = work.catch(() => undefined)
    return work
  }
  const api: StoredApi = {
    async status() {
      await opened.probe()
      return storedStatus(config, store)
    },
    exportState: () => documentOf(config, store, Date.now()),
    importState: (document, force) => importState(config, store, document, force),
    pause: async (kind, id, by) =>
      store.pause({ component: componentOf(config, kind, id), by, at: Date.now() }),
    resume: async (kind, id) => store.resume(componentOf(config, kind, id)),
    deadLetters: (query) => store.deadLetters(query),
    exportDeadLetters: (query) => deadLetterLines(store, query),
    queueDeadLetters: (query) => store.queueDeadLetters(query),
    dropDeadLetters: (query) => store.dropDeadLetters(query),
    // Loaded on demand: `status` and the like need none of it.
    reconcile: (query, onProgress) =>
      beforeClose(async () => {
        const { reconcileStored } = await import('./stored-reconcile.ts')
        return reconcileStored(config, store, query, onProgress, signal)
      }),
    cancelBackfill(source) {
      componentOf(config, 'source', source)
      return cancelBackfill(store, source, () => cancelStored(store, source, Date.now()))
    },
    replay: (request, onWait) =>
      beforeClose(async () => {
        const { replaySlice } = await import('../replay/replay.ts')
        const { openReading } = await import('../replay/readings.ts')
        const { keptArchives } = await import('../replay/archives.ts')
        return replaySlice(
          {
            config,
            store,
            now: Date.now,
            // On Redis, engines that share the state deliver; a file that could be opened here has no engine.
            drains: store.runtime === 'redis',
            signal,
            open: (source) => openReading(source, store, Date.now, onWait),
            archives: (source) => keptArchives(config.sinks, source, sinks.open),
          },
          request,
        )
      }),
    async importEvents(request) {
      const { importSlice } = await import('../import/into-archive.ts')
      return importSlice({ config, sinkOf: sinks.open, signal }, request)
    },
    async close() {
      ending.abort(new OperationError('the command ends'))
      await underWay
      await sinks.close()
      await store.close()
    },
  }
  return withTrail(api, createCommandRecord(store))
}
