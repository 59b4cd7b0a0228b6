/** The running engine's status, and what a single pass leaves undone. */
import type { Components, SinkUnit } from './components.ts'
import { sinkStatus, sourceStatus, spoolStatus, type Trouble, worstState } from './ops/assess.ts'
import type { Status } from './ops/status.ts'
import type { Store } from './spool/store.ts'

export interface StatusParts {
  readonly components: Components
  readonly store: Store
  readonly version: string
  readonly startedAt: string
  readonly limitBytes: number
  readonly now: () => number
}

export async function engineStatus(it: StatusParts): Promise<Status> {
  const { sources, sinks, pipeline } = it.components
  const now = it.now()
  const logs = new Map(sources.map(({ config }) => [config.id, pipeline.log(config.id)]))
  const sourceEntries = await Promise.all(
    sources.map(async ({ config, poller, loop }) => {
      const quarantined = await it.store.countQuarantined(config.id)
      const facts = { config, state: poller.state(), quarantined, health: loop.health() }
      return [config.id, sourceStatus(facts, now)] as const
    }),
  )
  const sinkEntries = sinks.map((unit) => {
    const { config, lane } = unit
    const trouble = sinkTrouble(unit, it.components)
    const facts = { config, state: lane.book.snapshot(), logs, trouble, oldest: lane.oldestUnderWay() }
    return [config.id, sinkStatus(facts, now)] as const
  })
  return {
    version: it.version,
    state: worstState([...sourceEntries, ...sinkEntries].map(([, one]) => one)),
    startedAt: it.startedAt,
    runtime: it.store.runtime,
    sources: Object.fromEntries(sourceEntries),
    sinks: Object.fromEntries(sinkEntries),
    spool: spoolStatus(logs, it.limitBytes),
  }
}

function sinkTrouble({ lane }: SinkUnit, { settler }: Components): Trouble | undefined {
  const stuck = settler.trouble() ?? lane.trouble()
  if (stuck !== undefined) return { state: 'stuck', reason: stuck }
  const trouble = lane.gate.trouble()
  if (trouble === undefined) return undefined
  const state = trouble.kind === 'pause' ? 'paused' : 'throttled'
  return { state, reason: trouble.reason, retryAt: trouble.retryAt }
}

/** Undelivered events, newly quarantined records, newly marked gaps. Dead letters alone are done. */
export function leftUndone(before: Status, after: Status): string[] {
  const undone: string[] = []
  for (const [id, source] of Object.entries(after.sources)) {
    const earlier = before.sources[id]
    const quarantined = source.quarantined - (earlier?.quarantined ?? 0)
    if (quarantined > 0) undone.push(`source ${id}: ${quarantined} records quarantined`)
    const known = new Set(earlier?.gaps.map((gap) => gap.second))
    const gaps = source.gaps.filter((gap) => !known.has(gap.second)).length
    if (gaps > 0) undone.push(`source ${id}: ${gaps} seconds could not be proven complete`)
  }
  for (const [id, sink] of Object.entries(after.sinks)) {
    if (sink.backlogEvents === 0) continue
    const reason = sink.reason === '' ? '' : ` (${sink.reason})`
    undone.push(`sink ${id}: ${sink.backlogEvents} events undelivered${reason}`)
  }
  return undone
}
