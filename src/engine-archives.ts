/** The archives that an engine's sinks keep: to be asked, and to be given old events. */
import type { Config } from './config/config.ts'
import { importSlice } from './import/into-archive.ts'
import type { EngineApi } from './server/engine-api.ts'
import type { SinkUnit } from './sink-unit.ts'

export function createArchives(
  config: Config,
  sinks: readonly SinkUnit[],
  signal: AbortSignal,
): Pick<EngineApi, 'archives' | 'importEvents'> {
  const sinkOf = ({ id }: { id: string }) => sinks.find((unit) => unit.config.id === id)?.sink
  return {
    archives: () =>
      new Map(sinks.flatMap(({ config: { id }, sink }) => (sink.archive ? [[id, sink.archive]] : []))),
    importEvents: (request) => importSlice({ config, sinkOf, signal }, request),
  }
}
