/** Reconciles straight on the store: no engine runs, or the store is one that several share. */
import type { Config } from '../config/config.ts'
import { OperationError } from '../errors.ts'
import { silentLogger } from '../lib/logger.ts'
import { silentMetrics } from '../ops/metrics.ts'
import { createPipeline } from '../pipeline.ts'
import type { OnProgress } from '../reconcile/progress.ts'
import { reconcile } from '../reconcile/reconcile.ts'
import type { ReconcileQuery, Reconciliation } from '../reconcile/result.ts'
import { keptArchives } from '../replay/archives.ts'
import { readingOf } from '../replay/readings.ts'
import { replaySlice } from '../replay/replay.ts'
import type { ReplayRequest } from '../replay/request.ts'
import { createRoom } from '../spool/room.ts'
import type { LogBounds, Store } from '../spool/store.ts'
import { unknownId } from '../unknown-id.ts'
import { VERSION } from '../version.ts'
import { openSinks } from './open-sinks.ts'
import { openPauses } from './operator-pause.ts'
import { openSourceUnit } from './source-unit.ts'

export async function reconcileStored(
  config: Config,
  store: Store,
  query: ReconcileQuery,
  onProgress?: OnProgress,
  signal = new AbortController().signal,
): Promise<Reconciliation> {
  const sourceConfig = config.sources[query.source]
  if (sourceConfig === undefined) throw unknownId('source', query.source, Object.keys(config.sources))
  if ((await store.loadSource(query.source)) === undefined) {
    throw new OperationError(`nothing is stored of the source ${query.source} yet: run the engine first`)
  }
  const logs = new Map<string, LogBounds>()
  for (const id of Object.keys(config.sources)) logs.set(id, await store.bounds(id))
  const quiet = { metrics: silentMetrics, logger: silentLogger }
  const clock = { now: Date.now, random: Math.random }
  const parts = { config, store, ...quiet, ...clock, version: VERSION, patienceMs: Number.POSITIVE_INFINITY }
  const room = createRoom(config.state.maxSpoolBytes, Date.now)
  const pipeline = createPipeline({ ...parts, room, logs })
  const pauses = await openPauses(store, Date.now)
  const shared = { pipeline, room, pauses, placeLanes: async () => {} }
  const unit = await openSourceUnit(parts, shared, sourceConfig)
  const sinks = openSinks()
  try {
    // Whichever engines share the state deliver; the file has none, or it could not be opened here.
    const replaying = { config, store, now: Date.now, drains: store.runtime === 'redis', signal }
    const open = async () => readingOf({ sources: [unit] }, query.source, Date.now)
    const archives = (source: string) => keptArchives(config.sinks, source, sinks.open)
    const replay = (request: ReplayRequest) => replaySlice({ ...replaying, open, archives }, request)
    return await reconcile({ ...parts, unit, replay, onProgress, delivers: replaying.drains }, query, signal)
  } finally {
    await sinks.close()
    await unit.source.close()
  }
}
