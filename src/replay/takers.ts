/** The sinks that a command names. */
import type { SinkConfig } from '../config/config.ts'
import { UsageError } from '../errors.ts'
import { unknownId } from '../unknown-id.ts'

type Sinks = Readonly<Record<string, SinkConfig>>

/** Throws UsageError unless there is such a sink and it is enabled. */
export function enabledSink(sinks: Sinks, id: string): SinkConfig {
  const sink = Object.hasOwn(sinks, id) ? sinks[id] : undefined
  if (sink === undefined) throw unknownId('sink', id, Object.keys(sinks))
  if (!sink.enabled) throw new UsageError(`the sink ${id} is disabled: enable it first`)
  return sink
}

/** Without duplicates. Throws UsageError unless all of them take from the source. */
export function takersOf(sinks: Sinks, source: string, ids: readonly string[]): SinkConfig[] {
  return [...new Set(ids)].map((id) => {
    const sink = enabledSink(sinks, id)
    if (sink.sources.includes(source)) return sink
    throw new UsageError(
      `the sink ${id} does not take from ${source}: its sources are ${sink.sources.join(', ')}`,
    )
  })
}
