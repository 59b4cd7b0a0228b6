/**
 * Sinks that left the configuration, or dropped a source, with events undelivered. The store keeps the log for them for
 * a while; they are logged at the start and when the events are let go, and are listed in the status.
 */
import type { Config } from '../config/config.ts'
import { rfc3339 } from '../formats/rfc3339.ts'
import type { Logger } from '../lib/logger.ts'
import type { LeftLane } from '../spool/left-lane.ts'
import { undelivered } from '../spool/low-water.ts'
import type { Store } from '../spool/store.ts'

interface LeftSink {
  readonly sink: string
  readonly source: string
  /** Undelivered. */
  readonly events: number
  /** Milliseconds. */
  readonly until: number
}

interface LeftSinks {
  /** Logs each sink that left, once. `atOnce`: even if another process may still have it and just has not said so yet. */
  look(atOnce?: boolean): Promise<void>
  /** Logs what was let go. */
  letGo(gone: ReadonlyMap<string, readonly LeftLane[]>): Promise<void>
  /** Logs which disabled sinks have undelivered events that nothing keeps. */
  lookAtDisabled(): Promise<void>
}

interface LeftSinksParts {
  readonly config: Pick<Config, 'sources' | 'sinks'>
  readonly store: Store
  readonly logger: Logger
}

const INSTEAD = 'send them later with `replay`'

export function createLeftSinks({ config, store, logger }: LeftSinksParts): LeftSinks {
  let seen = new Set<string>()
  const logged = new Set<string>()

  const whatOf = ({ sink, source }: Pick<LeftSink, 'sink' | 'source'>): string => {
    const known = config.sinks[sink]
    if (known === undefined) return `sink ${sink} is not in the configuration any more`
    return known.enabled ? `sink ${sink} takes no more from source ${source}` : `sink ${sink} is disabled`
  }

  return {
    async look(atOnce = store.runtime === 'embedded') {
      const left = await leftSinks(config, store)
      const keys = left.map(({ sink, source, until }) => `${sink} ${source} ${until}`)
      left.forEach((one, at) => {
        const key = keys[at] ?? ''
        if (logged.has(key) || !(atOnce || seen.has(key))) return
        logged.add(key)
        logger.warn(
          `${whatOf(one)} and has ${one.events} undelivered events: they are kept until ${rfc3339(Math.floor(one.until / 1000))}; put it back, or ${INSTEAD}`,
          { sink: one.sink, source: one.source },
        )
      })
      seen = new Set(keys)
    },
    async letGo(gone) {
      for (const [source, lanes] of gone) {
        for (const { sink, events } of await withEvents(store, source, lanes)) {
          if (events === 0) continue
          logger.warn(
            `${whatOf({ sink, source })}: its ${events} undelivered events are not kept any longer; ${INSTEAD}`,
            { sink, source },
          )
        }
      }
    },
    async lookAtDisabled() {
      if (store.runtime !== 'embedded') return
      for (const { id, sources, enabled } of Object.values(config.sinks)) {
        if (enabled) continue
        const lane = await store.loadLane(id)
        let events = 0
        for (const source of sources) {
          const { start, end } = await store.bounds(source)
          const cursor = lane?.cursors[source]
          if (cursor !== undefined) events += undelivered(cursor, start, end)
        }
        if (events === 0) continue
        logger.warn(
          `sink ${id} is disabled and has ${events} undelivered events: they are not kept for it; enable it, or ${INSTEAD}`,
          { sink: id },
        )
      }
    },
  }
}

/** Those that the log is held for. */
export async function leftSinks(config: Pick<Config, 'sources'>, store: Store): Promise<LeftSink[]> {
  const bySource = await Promise.all(
    Object.keys(config.sources).map(async (source) =>
      withEvents(store, source, await store.leftLanes(source)),
    ),
  )
  return bySource.flat().filter(({ events, until }) => events > 0 && until > Date.now())
}

async function withEvents(store: Store, source: string, lanes: readonly LeftLane[]): Promise<LeftSink[]> {
  return Promise.all(
    lanes.map(async ({ sink, end, until }) => {
      const cursor = (await store.loadLane(sink))?.cursors[source]
      return { sink, source, until, events: cursor === undefined ? 0 : undelivered(cursor, 0, end) }
    }),
  )
}
