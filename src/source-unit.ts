/** One configured source with its polls. */
import { type BackfillDesk, createBackfillDesk } from './backfill-desk.ts'
import type { EngineParts } from './components.ts'
import type { SourceConfig } from './config/config.ts'
import type { Source } from './connector.ts'
import { type Pauses, pausable } from './operator-pause.ts'
import type { Choose, Pipeline } from './pipeline.ts'
import { type Asker, createAsker } from './poll/asker.ts'
import { createBudget } from './poll/budget.ts'
import { createOriginTeller, ofOrigin, originOf, tellUnusedStart } from './poll/origin.ts'
import { createPollLoop, type PollLoop } from './poll/poll-loop.ts'
import { createPoller, type OldRange, type Poller } from './poll/poller.ts'
import type { Room } from './spool/room.ts'
import { freshSource, type SourceState } from './spool/store.ts'

export interface SourceUnit {
  readonly config: SourceConfig
  readonly source: Source
  readonly asker: Asker
  readonly poller: Poller
  readonly loop: PollLoop
  readonly backfills: BackfillDesk
  /** Reads an old range again, and spools what is chosen of it. */
  repair(range: OldRange, choose: Choose, signal: AbortSignal): Promise<void>
}

export async function openSourceUnit(
  it: EngineParts,
  pipeline: Pipeline,
  room: Room,
  config: SourceConfig,
  /** Called before a source begins whose state is not stored. */
  placeLanes: (source: string) => Promise<void>,
  pauses: Pauses,
): Promise<SourceUnit> {
  const { store, metrics, now, random, version, patienceMs } = it
  const { id, definition, options, connection, requestsPerMinute, pollEveryMs } = config
  const logger = it.logger.child({ source: id })
  const source = definition.create(options, { id, logger, connection, now, version, trail: store.trail })
  const origin = originOf(source)
  const tellOrigin = createOriginTeller(logger)
  /** Of a state that is missing: opening a source looks twice before its first page. */
  let told = ''
  /** `patience`: for a mirror that does not answer; a poll comes again by itself. */
  const load = async (patience = 0) => {
    const stored = await loadStored(patience)
    const state = ofOrigin(stored, origin, Math.floor(now() / 1000))
    tellOrigin(stored, state)
    return state
  }
  const loadStored = async (patience: number): Promise<SourceState> => {
    await pipeline.look(id)
    const stored = await store.loadSource(id)
    if (stored !== undefined) {
      told = ''
      return stored
    }
    await placeLanes(id)
    const recovered = await it.mirror?.recover(id, patience)
    const from = recovered?.checkpoint
    const news = recovered === undefined ? 'begins' : `goes on from ${from}`
    const isNews = news !== told
    told = news
    if (recovered === undefined) {
      if (isNews) logger.info('no state of this source is stored: it begins at its `start`')
      return freshSource
    }
    if (isNews)
      logger.warn(
        'the state of this source was lost: it goes on from the mirror, and some events come twice',
        {
          ...(from === undefined ? {} : { from: new Date(from * 1000).toISOString() }),
        },
      )
    return recovered
  }
  const budget = createBudget({ requestsPerMinute, patienceMs, now })
  const asker = createAsker({ id, source, budget, metrics, now })
  const spoolPage = pipeline.spooler(config, source)
  const state = await load(patienceMs)
  tellUnusedStart(config, state, logger)
  const poller = createPoller({ config, asker, store, state, load, logger, now, spoolPage })
  const claim = () => store.claim({ source: id })
  const isSpoolFull = room.isFull
  const { book } = poller
  const backfills = createBackfillDesk({
    ...{ id, config, source, pipeline, book, store, now, random, patienceMs },
    sinks: it.config.sinks,
  })
  const beside = backfills
  const always = createPollLoop({
    ...{ poller, beside, claim, pollEveryMs, logger, now, random, isSpoolFull },
    timeoutMs: config.connection.timeoutMs,
  })
  const loop = pausable(always, pauses, `source ${id}`, pollEveryMs)
  const repair: SourceUnit['repair'] = (range, choose, signal) =>
    poller.repair(range, pipeline.spooler(config, source, { choose }), signal)
  return { config, source, asker, poller, loop, backfills, repair }
}
