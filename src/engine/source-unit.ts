/** One configured source with its polls. */
import type { SourceConfig } from '../config/config.ts'
import type { Source } from '../connector.ts'
import type { Choose, Pipeline } from '../pipeline.ts'
import { type Asker, createAsker } from '../poll/asker.ts'
import { createBudget } from '../poll/budget.ts'
import { createOriginLog, logUnusedStart, originOf } from '../poll/origin.ts'
import { createPollLoop, type PollLoop } from '../poll/poll-loop.ts'
import { createPoller, type OldRange, type Poller } from '../poll/poller.ts'
import type { Room } from '../spool/room.ts'
import { freshSource, ofOrigin, type SourceState } from '../spool/source-state.ts'
import { type BackfillDesk, createBackfillDesk } from './backfill-desk.ts'
import type { EngineParts } from './components.ts'
import { type Pauses, pausable } from './operator-pause.ts'

export interface SourceUnit {
  readonly config: SourceConfig
  readonly source: Source
  readonly asker: Asker
  readonly poller: Poller
  readonly loop: PollLoop
  readonly backfills: BackfillDesk
  /** Reads an old range again, and spools what `choose` picks. */
  repair(range: OldRange, choose: Choose, signal: AbortSignal): Promise<void>
}

interface SourceUnitParts extends LoaderParts {
  readonly room: Room
  readonly pauses: Pauses
}

export async function openSourceUnit(
  it: EngineParts,
  shared: SourceUnitParts,
  config: SourceConfig,
): Promise<SourceUnit> {
  const { store, metrics, now, random, version, patienceMs } = it
  const { pipeline, room, pauses } = shared
  const { id, definition, options, connection, requestsPerMinute, pollEveryMs } = config
  const logger = it.logger.child({ source: id })
  const source = definition.create(options, { id, logger, connection, now, version, trail: store.trail })
  const load = createLoader({ ...it, logger }, shared, source, id)
  const budget = createBudget({ requestsPerMinute, patienceMs, now })
  const asker = createAsker({ id, source, budget, metrics, now })
  const spoolPage = pipeline.spooler(config, source, { kind: 'poll' })
  const state = await load(patienceMs)
  logUnusedStart(config, state, logger)
  const poller = createPoller({ config, asker, store, state, load, logger, now, spoolPage })
  const { book } = poller
  const sinks = it.config.sinks
  const desk = { id, config, source, pipeline, book, store, sinks, now, random, patienceMs }
  const backfills = createBackfillDesk(desk)
  const always = createPollLoop({
    poller,
    beside: backfills,
    claim: () => store.claim({ source: id }),
    pollEveryMs,
    timeoutMs: connection.timeoutMs,
    logger,
    now,
    random,
    isSpoolFull: room.isFull,
  })
  const loop = pausable(always, pauses, `source ${id}`, pollEveryMs)
  const repair: SourceUnit['repair'] = (range, choose, signal) =>
    poller.repair(range, pipeline.spooler(config, source, { kind: 'repair', choose }), signal)
  return { config, source, asker, poller, loop, backfills, repair }
}

interface LoaderParts {
  readonly pipeline: Pipeline
  /** Called before a source without stored state begins. */
  placeLanes(source: string): Promise<void>
}

/**
 * Loads the state to continue from, as far as its origin is the configured one: what is stored, else what the mirror
 * knows, else nothing. Its `patience` is for a mirror that does not answer; a poll comes again by itself.
 */
function createLoader(
  { store, mirror, logger, now }: EngineParts,
  { pipeline, placeLanes }: LoaderParts,
  source: Source,
  id: string,
): (patience?: number) => Promise<SourceState> {
  const origin = originOf(source)
  const logOrigin = createOriginLog(logger)
  /** What was logged last about a missing state: opening a source looks twice before its first page. */
  let logged = ''

  const logMissingState = (recovered: SourceState | undefined) => {
    const checkpoint = recovered?.checkpoint
    const news = recovered === undefined ? 'begins' : `goes on from ${checkpoint}`
    if (news === logged) return
    logged = news
    if (recovered === undefined)
      return logger.info('no state of this source is stored: it begins at its `start`')
    logger.warn(
      'the state of this source was lost: it continues from the last copy, and some events come twice',
      checkpoint === undefined ? {} : { from: new Date(checkpoint * 1000).toISOString() },
    )
  }

  const loadStored = async (patience: number): Promise<SourceState> => {
    await pipeline.refreshLog(id)
    const stored = await store.loadSource(id)
    if (stored !== undefined) {
      logged = ''
      return stored
    }
    await placeLanes(id)
    const recovered = await mirror?.recover(id, patience)
    logMissingState(recovered)
    return recovered ?? freshSource
  }

  return async (patience = 0) => {
    const stored = await loadStored(patience)
    const state = ofOrigin(stored, origin, Math.floor(now() / 1000))
    logOrigin(stored, state)
    return state
  }
}
