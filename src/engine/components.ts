/** Opens what the configuration names: each source with its polls, each sink with its lane. */
import type { Config } from '../config/config.ts'
import { createEntryReader } from '../deliver/entries.ts'
import { createSettler } from '../deliver/settler.ts'
import type { Logger } from '../lib/logger.ts'
import type { Mirror } from '../mirror/mirror.ts'
import type { Metrics } from '../ops/metrics.ts'
import { createPipeline, type Pipeline } from '../pipeline.ts'
import { type KeptArchive, keptArchives } from '../replay/archives.ts'
import { type FormerSource, formerSources, logFormer, withFormer } from '../spool/former-sources.ts'
import { createRoom } from '../spool/room.ts'
import type { LogBounds, Store } from '../spool/store.ts'
import { logPauses, openPauses, type Pauses } from './operator-pause.ts'
import { createSinkUnit, type SinkUnit } from './sink-unit.ts'
import { openSourceUnit, type SourceUnit } from './source-unit.ts'

export interface EngineParts {
  readonly config: Config
  readonly store: Store
  readonly metrics: Metrics
  readonly logger: Logger
  readonly version: string
  readonly now: () => number
  readonly random: () => number
  /** How long a source may wait for its request budget: for ever in the service, seconds in `run --once`. */
  readonly patienceMs: number
  readonly mirror?: Mirror
}

export interface Components {
  readonly pipeline: Pipeline
  readonly sources: readonly SourceUnit[]
  readonly sinks: readonly SinkUnit[]
  /** No longer in the configuration, but sinks still lacked events of theirs when this was opened. */
  readonly former: readonly FormerSource[]
  readonly pauses: Pauses
  /** Archives that keep all events of a source. */
  archives(source: string): KeptArchive[]
  close(): Promise<void>
}

/** Holds every lane that no other process holds. `wakeOthers`: something waits for the lanes of a source's sinks. */
export async function openComponents(
  it: EngineParts,
  wakeOthers?: (source: string) => void,
): Promise<Components> {
  const { config, store, metrics, logger, now } = it
  const logs = new Map<string, LogBounds>()
  for (const id of Object.keys(config.sources)) logs.set(id, await store.bounds(id))
  const former = await formerSources(config, store)
  for (const { id, bounds } of former) logs.set(id, bounds)
  logFormer(former, logger)
  const pauses = await openPauses(store, now)
  logPauses(pauses, config, logger)
  const room = createRoom(config.state.maxSpoolBytes, now)
  const disabled = Object.values(config.sinks).flatMap(({ id, enabled }) => (enabled ? [] : [id]))
  const parts = { store, room, metrics, logger, now, logs, disabled }
  // One transaction for all lanes of a turn saves syncs of the disk; lanes of a shared store are lost one by one.
  const together =
    store.runtime === 'embedded'
      ? { settler: createSettler(store), entries: createEntryReader(store) }
      : undefined
  const entries = together && { entries: together.entries }
  const pipeline = createPipeline({ ...parts, ...entries, ...(wakeOthers && { wakeOthers }) })

  const placeLanes = async (source: string) => {
    for (const unit of sinks) await unit.place(source)
  }
  const sinks: SinkUnit[] = []
  const sources: SourceUnit[] = []
  const close = async () => {
    for (const { held } of sinks) held()?.settler.stop()
    const closing = [...sinks.map(({ sink }) => sink.close()), ...sources.map(({ source }) => source.close())]
    await Promise.allSettled(closing)
  }
  for (const source of Object.values(config.sources)) {
    sources.push(await openSourceUnit(it, { pipeline, room, pauses, placeLanes }, source))
  }
  const organizations = new Map([
    ...sources.map((unit) => [unit.config.id, unit.source.organization] as const),
    ...former.map(({ id, organization }) => [id, organization] as const),
  ])
  const organizationOf = (source: string) => organizations.get(source) ?? source
  const shared = { pipeline, together, organizationOf, pauses }
  for (const sink of Object.values(config.sinks)) {
    if (sink.enabled) sinks.push(createSinkUnit(it, shared, withFormer(sink, former)))
  }
  await holdAll(sinks).catch(async (error: unknown) => {
    await close()
    throw error
  })
  return {
    pipeline,
    sources,
    sinks,
    former,
    pauses,
    archives: (source) =>
      keptArchives(config.sinks, source, ({ id }) => sinks.find((unit) => unit.config.id === id)?.sink),
    close,
  }
}

/** Opening may be tried again: if a lane can't be held, none of them stays held. */
async function holdAll(sinks: readonly SinkUnit[]): Promise<void> {
  const holding = await Promise.allSettled(sinks.map((unit) => unit.hold()))
  const failed = holding.find((it) => it.status === 'rejected')
  if (failed === undefined) return
  for (const { held } of sinks) held()?.settler.stop()
  await Promise.allSettled(sinks.map((unit) => unit.give()))
  throw failed.reason
}
