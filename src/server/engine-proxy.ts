/** The engine's API before there is an engine: the server answers from the first moment, and says what it waits for. */

import type { EngineApi } from '../engine/engine-api.ts'
import { OperationError } from '../errors.ts'
import type { Store } from '../spool/store.ts'

export function createEngineProxy(
  engine: () => EngineApi | undefined,
  store: Pick<Store, 'trouble'>,
): EngineApi {
  const waitsFor = () => store.trouble() ?? 'the engine is starting'
  const openedNow = () => {
    const api = engine()
    if (api === undefined) throw new OperationError(`not ready: ${waitsFor()}`)
    return api
  }
  const opened = async () => openedNow()
  return {
    archives: () => openedNow().archives(),
    organizations: () => openedNow().organizations(),
    status: async () => (await opened()).status(),
    exportState: async () => (await opened()).exportState(),
    reconcile: async (query) => (await opened()).reconcile(query),
    reconciling: () => engine()?.reconciling() ?? [],
    readiness() {
      const trouble = store.trouble()
      if (trouble !== undefined) return { ready: false, reasons: [trouble] }
      return engine()?.readiness() ?? { ready: false, reasons: [waitsFor()] }
    },
    pause: async (kind, id, by) => (await opened()).pause(kind, id, by),
    resume: async (kind, id) => (await opened()).resume(kind, id),
    testSink: async (id) => (await opened()).testSink(id),
    deadLetters: async (query) => (await opened()).deadLetters(query),
    queueDeadLetters: async (query) => (await opened()).queueDeadLetters(query),
    startBackfill: async (order) => (await opened()).startBackfill(order),
    cancelBackfill: async (source) => (await opened()).cancelBackfill(source),
    backfills: async () => (await opened()).backfills(),
    deliveries: async (event) => (await opened()).deliveries(event),
    ledger: async (query) => (await opened()).ledger(query),
    replay: async (request) => (await opened()).replay(request),
    importEvents: async (request) => (await opened()).importEvents(request),
    dropDeadLetters: async (query) => (await opened()).dropDeadLetters(query),
  }
}
