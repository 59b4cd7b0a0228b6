/** The engine's answers, read from the store of an engine that does not run. Takes the engine's lock meanwhile. */
import { cancelBackfill, cancelStored } from './backfill-cancel.ts'
import type { Config } from './config/config.ts'
import { heldUp, toldHealth, toldTrouble, waitingAgain } from './engine-status.ts'
import { OperationError } from './errors.ts'
import { formerSources, withFormer } from './former-sources.ts'
import { lastHealth } from './last-health.ts'
import { leftSinks } from './left-sinks.ts'
import { silentLogger } from './lib/logger.ts'
import { importState } from './mirror/import-state.ts'
import { documentOf } from './mirror/mirror.ts'
import { openSinks } from './open-sinks.ts'
import { openStore, readyWithin } from './open-store.ts'
import { componentOf, reasonsOf } from './operator-pause.ts'
import { sinkStatus, sourceStatus, spoolStatus, type Trouble, worstState } from './ops/assess.ts'
import type { SinkStatus, Status } from './ops/status.ts'
import type { EngineQueries } from './server/client.ts'
import { deadLetterLines } from './server/dead-letter-lines.ts'
import { lowWaterOf, oldestStored } from './spool/low-water.ts'
import { freshSource, type Store } from './spool/store.ts'
import { createCommandRecord, withTrail } from './stored-trail.ts'
import { VERSION } from './version.ts'

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
  // Of a command that is interrupted: the store is closed behind it.
  let underWay: Promise<unknown> = Promise.resolve()
  const before = <Result>(start: () => Promise<Result>): Promise<Result> => {
    const work = start()
    underWay = work.catch(() => undefined)
    return work
  }
  const api: StoredApi = {
    status: () => storedStatus(config, store),
    exportState: () => documentOf(config, store, Date.now()),
    importState: (document, force) => importState(config, store, document, force),
    pause: async (kind, id, by) =>
      store.pause({ component: componentOf(config, kind, id), by, at: Date.now() }),
    resume: async (kind, id) => store.resume(componentOf(config, kind, id)),
    deadLetters: (query) => store.deadLetters(query),
    exportDeadLetters: (query) => deadLetterLines(store, query),
    queueDeadLetters: (query) => store.queueDeadLetters(query),
    dropDeadLetters: (query) => store.dropDeadLetters(query),
    // Read when they are asked for: `status` and its like need none of them.
    reconcile: (query, look) =>
      before(async () => {
        const { reconcileStored } = await import('./reconcile/stored.ts')
        return reconcileStored(config, store, query, look, signal)
      }),
    cancelBackfill(source) {
      componentOf(config, 'source', source)
      return cancelBackfill(store, source, () => cancelStored(store, source, Date.now()))
    },
    replay: (request) =>
      before(async () => {
        const { replaySlice } = await import('./replay/replay.ts')
        const { openReading } = await import('./replay/readings.ts')
        const { keptArchives } = await import('./replay/archives.ts')
        return replaySlice(
          {
            config,
            store,
            now: Date.now,
            // Whichever engines share the state deliver; the file has none, or it could not be opened here.
            drains: store.runtime === 'redis',
            signal,
            open: (source) => openReading(source, store, Date.now),
            archives: (source) => keptArchives(config.sinks, source, sinks.open),
          },
          request,
        )
      }),
    async importEvents(request) {
      const { importSlice } = await import('./import/into-archive.ts')
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

async function storedStatus(config: Config, store: Store): Promise<Status> {
  const now = Date.now()
  const sources = Object.values(config.sources)
  const former = await formerSources(config, store)
  const logs = new Map([
    ...(await Promise.all(sources.map(async ({ id }) => [id, await store.bounds(id)] as const))),
    ...former.map(({ id, bounds }) => [id, bounds] as const),
  ])
  const paused = reasonsOf(await store.pauses())
  const last = await lastHealth(store)
  const nobody = { state: 'idle', reason: 'no engine is running' } as const
  const sourceEntries = await Promise.all(
    sources.map(async (source) => {
      const state = (await store.loadSource(source.id)) ?? freshSource
      const quarantined = await store.countQuarantined(source.id)
      const told = await store.published(`source ${source.id}`)
      const left = last[`source ${source.id}`]
      const pause = heldUp(paused.get(`source ${source.id}`))
      const health = pause ?? toldHealth(told) ?? (left && asLeft(left)) ?? nobody
      const pausedByOperator = pause !== undefined
      const facts = { config: source, state, quarantined, health, pausedByOperator, nextPoll: told?.nextPoll }
      return [source.id, sourceStatus(facts, now)] as const
    }),
  )
  const enabled = Object.values(config.sinks).filter((sink) => sink.enabled)
  const sinkEntries = await Promise.all(
    enabled.map(async (configured) => {
      const sink = withFormer(configured, former)
      const state = (await store.loadLane(sink.id)) ?? { cursors: {} }
      const told = await store.published(`sink ${sink.id}`)
      const oldest =
        told?.oldest ?? (await oldestStored(store, sink.sources, (source) => lowWaterOf(state, source)))
      const pause = heldUp(paused.get(`sink ${sink.id}`))
      const trouble = pause ?? toldTrouble(told)
      const again = await waitingAgain(store, sink.id)
      const facts = {
        config: sink,
        state,
        logs,
        trouble,
        pausedByOperator: pause !== undefined,
        again,
        oldest,
      }
      const status = sinkStatus(facts, now)
      const left = last[`sink ${sink.id}`]
      return [sink.id, pause === undefined ? ifNobodyDelivers(status, store, left) : status] as const
    }),
  )
  return {
    version: VERSION,
    state: worstState([...sourceEntries, ...sinkEntries].map(([, one]) => one)),
    startedAt: '',
    runtime: store.runtime,
    sources: Object.fromEntries(sourceEntries),
    sinks: Object.fromEntries(sinkEntries),
    spool: spoolStatus(logs, config.state.maxSpoolBytes, await leftSinks(config, store)),
  }
}

/** Events that wait while no engine runs are not delivered by themselves. */
function ifNobodyDelivers(status: SinkStatus, store: Store, left: Trouble | undefined): SinkStatus {
  if (store.runtime === 'redis' || status.state === 'idle') return status
  if (left !== undefined) {
    const retryAt = left.retryAt === undefined ? '' : new Date(left.retryAt).toISOString()
    return { ...status, ...asLeft(left), retryAt }
  }
  const last = status.lastError && `the last error was: ${status.lastError}`
  const reason = ['no engine is running', status.reason, last].filter(Boolean).join('; ')
  return { ...status, state: 'stuck', reason }
}

/** As an engine left it that has ended since. */
function asLeft({ state, reason }: Trouble): Pick<Trouble, 'state' | 'reason'> {
  return { state, reason: `no engine is running; when it ended: ${reason}` }
}
