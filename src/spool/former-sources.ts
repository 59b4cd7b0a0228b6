/**
 * Sources that left the configuration, or have another id there, while its sinks lack events that were read from them.
 * The events are in the spool: they go out all the same, without a poll.
 */
import type { Config, SinkConfig } from '../config/config.ts'
import type { Logger } from '../lib/logger.ts'
import { undelivered } from './low-water.ts'
import type { LogBounds, Store } from './store.ts'

export interface FormerSource {
  readonly id: string
  readonly organization: string
  readonly bounds: LogBounds
  /** How many of its events each sink lacks; sinks that lack none are left out. */
  readonly waiting: ReadonlyMap<string, number>
}

export async function formerSources(
  { sources, sinks }: Pick<Config, 'sources' | 'sinks'>,
  store: Store,
): Promise<FormerSource[]> {
  const lanes = await Promise.all(
    Object.values(sinks).flatMap(({ id, enabled }) =>
      enabled ? [store.loadLane(id).then((lane) => ({ id, cursors: lane?.cursors ?? {} }))] : [],
    ),
  )
  const gone = new Set(lanes.flatMap(({ cursors }) => Object.keys(cursors)).filter((id) => !(id in sources)))
  const former = await Promise.all(
    [...gone].map(async (id) => {
      const bounds = await store.bounds(id)
      const waiting = lanes
        .map(({ id: sink, cursors: { [id]: cursor } }) => {
          const events = cursor === undefined ? 0 : undelivered(cursor, bounds.start, bounds.end)
          return [sink, events] as const
        })
        .filter(([, events]) => events > 0)
      const { organization = id } = (await store.loadSource(id))?.origin ?? {}
      return { id, organization, bounds, waiting: new Map(waiting) }
    }),
  )
  return former.filter(({ waiting }) => waiting.size > 0)
}

export function logFormer(former: readonly FormerSource[], logger: Logger): void {
  for (const { id: source, waiting } of former) {
    for (const [sink, events] of waiting) {
      logger.warn('a source is no longer in the configuration: what was read from it is still delivered', {
        source,
        sink,
        events,
      })
    }
  }
}

/** The sink's configuration, with the former sources whose events it lacks among its own. */
export function withFormer(sink: SinkConfig, former: readonly FormerSource[]): SinkConfig {
  const more = former.filter(({ waiting }) => waiting.has(sink.id)).map(({ id }) => id)
  return more.length === 0 ? sink : { ...sink, sources: [...sink.sources, ...more] }
}
