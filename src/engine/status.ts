/** The running engine's status. */
import type { Config, SinkConfig } from '../config/config.ts'
import {
  type SinkFacts,
  sinkStatus,
  sourceStatus,
  spoolStatus,
  type Trouble,
  worstState,
} from '../ops/assess.ts'
import type { Rates } from '../ops/rates.ts'
import type { ComponentState, SinkStatus, SourceStatus, Status } from '../ops/status.ts'
import type { LaneState } from '../spool/lane-state.ts'
import { lowWaterOf, oldestStored } from '../spool/low-water.ts'
import { freshSource, type SourceState } from '../spool/source-state.ts'
import type { LogBounds, Published, Store } from '../spool/store.ts'
import type { Components } from './components.ts'
import { leftSinks } from './left-sinks.ts'
import type { HeldLane, SinkUnit } from './sink-unit.ts'
import type { SourceUnit } from './source-unit.ts'

interface StatusParts {
  readonly config: Pick<Config, 'sources' | 'state'>
  readonly components: Components
  readonly store: Store
  readonly version: string
  readonly startedAt: string
  readonly now: () => number
  readonly rates: Rates
  readonly lastRead: LastRead
}

/** What was last read about each component, for when the store can't be asked. */
interface LastRead {
  readonly sources: Map<string, { readonly state: SourceState; readonly quarantined: number }>
  readonly sinks: Map<string, { readonly state: LaneState; readonly oldest: number | undefined }>
}

export async function engineStatus(it: StatusParts): Promise<Status> {
  const { sources, sinks, former, pipeline } = it.components
  const ids = [...sources.map(({ config }) => config.id), ...former.map(({ id }) => id)]
  const logs = new Map(ids.map((id) => [id, pipeline.log(id)]))
  const sourceEntries = await Promise.all(
    sources.map(async (unit) => [unit.config.id, await statusOfSource(unit, it)] as const),
  )
  const sinkEntries = await Promise.all(
    sinks.map(async (unit) => [unit.config.id, await statusOfSink(unit, logs, it)] as const),
  )
  const left = it.store.trouble() === undefined ? await leftSinks(it.config, it.store) : []
  return it.rates({
    version: it.version,
    state: worstState([...sourceEntries, ...sinkEntries].map(([, one]) => one)),
    startedAt: it.startedAt,
    runtime: it.store.runtime,
    sources: Object.fromEntries(sourceEntries),
    sinks: Object.fromEntries(sinkEntries),
    spool: spoolStatus(logs, it.config.state.maxSpoolBytes, left),
  })
}

/** For a source that another process polls: what that process has stored and published. */
async function statusOfSource(unit: SourceUnit, it: StatusParts): Promise<SourceStatus> {
  const { store, now } = it
  const { config, asker, poller, loop } = unit
  const ahead = asker.ahead()
  const id = config.id
  const stuck = store.trouble()
  const paused = it.components.pauses.reason(`source ${id}`)
  const pausedByOperator = paused !== undefined
  if (stuck !== undefined) {
    const health = { state: 'stuck', reason: stuck } as const
    const last = it.lastRead.sources.get(id) ?? { state: poller.state(), quarantined: 0 }
    return sourceStatus({ config, ...last, health, pausedByOperator, ahead }, now())
  }
  const published = await store.published(`source ${id}`)
  const quarantined = await store.countQuarantined(id)
  const health = heldUp(paused) ?? publishedHealth(published) ?? loop.health()
  const state = published === undefined ? poller.state() : ((await store.loadSource(id)) ?? freshSource)
  it.lastRead.sources.set(id, { state, quarantined })
  const nextPoll = published === undefined ? loop.nextPoll() : published.nextPoll
  return sourceStatus({ config, state, quarantined, health, pausedByOperator, nextPoll, ahead }, now())
}

async function statusOfSink(
  unit: SinkUnit,
  logs: ReadonlyMap<string, LogBounds>,
  { store, now, components, lastRead }: StatusParts,
): Promise<SinkStatus> {
  const { config } = unit
  const stuck = store.trouble()
  const held = unit.held()
  const paused = components.pauses.reason(`sink ${config.id}`)
  const facts = { config, logs, pausedByOperator: paused !== undefined }
  if (held !== undefined || stuck !== undefined) {
    const last = lastRead.sinks.get(config.id)
    const state = held?.lane.book.snapshot() ?? last?.state ?? { cursors: {} }
    const trouble =
      stuck === undefined ? held && sinkTrouble(held) : ({ state: 'stuck', reason: stuck } as const)
    const [overdue, oldest] = [unit.overdue(), held ? await held.lane.oldestWaiting() : last?.oldest]
    if (stuck === undefined) lastRead.sinks.set(config.id, { state, oldest })
    const again = stuck === undefined ? await waitingAgain(store, config.id) : 0
    return sinkStatus({ ...facts, state, trouble, ...(overdue && { overdue }), again, oldest }, now())
  }
  const stored = await storedSinkFacts(store, config, paused)
  lastRead.sinks.set(config.id, stored)
  return sinkStatus({ logs, ...stored }, now())
}

/** For a sink whose lane is not held here: what is stored, and what another process published. `paused`: by an operator. */
export async function storedSinkFacts(
  store: Store,
  config: SinkConfig,
  paused: string | undefined,
): Promise<Omit<SinkFacts, 'logs'>> {
  const state = (await store.loadLane(config.id)) ?? { cursors: {} }
  const published = await store.published(`sink ${config.id}`)
  const oldest =
    published?.oldest ?? (await oldestStored(store, config.sources, (source) => lowWaterOf(state, source)))
  return {
    config,
    state,
    trouble: heldUp(paused) ?? publishedTrouble(published),
    pausedByOperator: paused !== undefined,
    again: await waitingAgain(store, config.id),
    oldest,
  }
}

/** Dead letters that were queued, and events of a replay. */
export async function waitingAgain(store: Pick<Store, 'countDeadLetters'>, sink: string): Promise<number> {
  const { replayed, queued } = await countAgain(store, sink)
  return replayed + queued
}

/** The same two numbers, separately. */
export async function countAgain(store: Pick<Store, 'countDeadLetters'>, sink: string) {
  const counts = (['replay', 'queued'] as const).map((state) => store.countDeadLetters(sink, state))
  const [replayed = 0, queued = 0] = await Promise.all(counts)
  return { replayed, queued }
}

export function sinkTrouble({ lane, settler }: Pick<HeldLane, 'lane' | 'settler'>): Trouble | undefined {
  const stuck = settler.trouble() ?? lane.trouble()
  if (stuck !== undefined) return { state: 'stuck', reason: stuck }
  const trouble = lane.gate.trouble()
  if (trouble === undefined) return undefined
  const state = trouble.kind === 'pause' ? 'paused' : 'throttled'
  const { reason, retryAt } = trouble
  return { state, reason, ...(Number.isFinite(retryAt) && { retryAt }) }
}

/** An operator's pause is shown before every other state. */
export function heldUp(reason: string | undefined): { state: 'paused'; reason: string } | undefined {
  return reason === undefined ? undefined : { state: 'paused', reason }
}

/** What another process published about a component. */
export function publishedHealth(published: Published | undefined): Trouble | undefined {
  if (published === undefined) return undefined
  const { state, reason, retryAt } = published
  return { state: state as ComponentState, reason, ...(retryAt === undefined ? {} : { retryAt }) }
}

function publishedTrouble(published: Published | undefined): Trouble | undefined {
  return published === undefined || published.reason === '' ? undefined : publishedHealth(published)
}
