/** What a running engine does from time to time, beside polls and lanes. Each task answers when it wants to run again. */
import { messageOf } from '../errors.ts'
import type { Components, EngineParts } from './components.ts'
import { createLeftSinks } from './left-sinks.ts'

const TRIM_EVERY_MS = 500
/** How often in a row a trim fails for one reason before it is logged: a fail-over of Redis passes sooner. */
const LASTING = 10
/** How many trims there are between two looks at which sinks left the configuration. */
const LOOK_EVERY = 4
const PAUSES_EVERY_MS = 1_000
const MIRROR_EVERY_MS = 2_000
const PRUNE_EVERY_MS = 3_600_000

type Task = () => Promise<number>

export interface Upkeep {
  /** Drops what every lane has settled. */
  readonly trim: Task
  /** Drops what ledgers no longer need. Never rejects. */
  readonly prune: Task
  /** Logs which sinks left the configuration with events undelivered. Never rejects. */
  lookAtLeft(): Promise<void>
  /** All of them. */
  readonly tasks: readonly Task[]
}

export function createUpkeep(it: EngineParts, { pipeline, sources, pauses }: Components): Upkeep {
  const { store, logger, mirror: mirrored } = it
  const left = createLeftSinks(it)
  let untrimmed = ''
  let failures = 0
  let trims = 0
  const trimOnce = async () => {
    if (trims === 0) await left.lookAtDisabled()
    await left.letGo(await pipeline.trim())
    if (trims++ % LOOK_EVERY === 0) await left.look()
  }
  const trim = async () => {
    const reason = await trimOnce().then(() => '', messageOf)
    const isOwn = reason !== '' && store.trouble() === undefined
    failures = isOwn && reason === untrimmed ? failures + 1 : Number(isOwn)
    // Once, however long a disk stays full.
    if (failures === LASTING) logger.warn('the spool could not be trimmed', { reason })
    untrimmed = reason
    return TRIM_EVERY_MS
  }

  const prune = async () => {
    for (const { config } of sources) {
      try {
        // As stored: what this process remembers of a source that another one reads may be out of date.
        const state = await store.loadSource(config.id)
        if (state !== undefined) await pipeline.prune(config, state)
      } catch (error) {
        logger.warn('the ledger could not be pruned', { source: config.id, reason: messageOf(error) })
      }
    }
    return PRUNE_EVERY_MS
  }

  const mirror = async () => {
    await mirrored?.capture()
    return MIRROR_EVERY_MS
  }

  const lookForPauses = async () => {
    // A store that can't be asked reports that trouble itself.
    await pauses.look().catch(() => undefined)
    return PAUSES_EVERY_MS
  }

  const lookAtLeft = () => left.look(true).catch(() => undefined)

  return { trim, prune, lookAtLeft, tasks: [trim, prune, mirror, lookForPauses] }
}
