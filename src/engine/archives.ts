/** The archives that an engine's sinks keep: answers queries, takes old events, and says what became of one event. */
import type { Config } from '../config/config.ts'
import { importSlice } from '../import/into-archive.ts'
import type { Store } from '../spool/store.ts'
import { deliveriesOf } from './deliveries.ts'
import type { EngineApi } from './engine-api.ts'
import type { SinkUnit } from './sink-unit.ts'

export function createArchives(
  { config, store }: { readonly config: Config; readonly store: Store },
  sinks: readonly SinkUnit[],
  signal: AbortSignal,
): Pick<EngineApi, 'archives' | 'importEvents' | 'deliveries'> {
  const unitOf = (id: string) => sinks.find((unit) => unit.config.id === id)
  const sinkOf = ({ id }: { id: string }) => unitOf(id)?.sink
  return {
    archives: () =>
      new Map(sinks.flatMap(({ config: { id }, sink }) => (sink.archive ? [[id, sink.archive]] : []))),
    async importEvents(request) {
      const unit = unitOf(request.sink)
      try {
        return await importSlice({ config, sinkOf, signal }, request)
      } finally {
        // Only the process that holds the lane writes.
        if (unit?.held() === undefined) await unit?.sink.release?.()
      }
    },
    deliveries: (event) =>
      deliveriesOf(config, store, event, async (id) => sinkOf({ id })?.archive?.find(event.uid, signal)),
  }
}
