/**
 * One source's polls: plans each walk, has it read page by page, and moves the checkpoint at its end only.
 *
 * A walk is *fresh* (from now back to the checkpoint minus the overlap) or *resumed* (from where it was broken
 * off). Each page is made durable with the walk's position; the last one together with the new checkpoint.
 */
import type { SourceConfig } from '../config/config.ts'
import { messageOf } from '../errors.ts'
import type { Logger } from '../lib/logger.ts'
import type { SourceState, WalkState } from '../spool/source-state.ts'
import type { Store } from '../spool/store.ts'
import type { Asker } from './asker.ts'
import { createEndProof } from './end-proof.ts'
import { nextWindow, retrospectedAfter, retrospectedTo } from './retrospection.ts'
import { createSourceBook, type SourceBook, type SpoolPage } from './source-book.ts'
import { firstStartOf, lowerBound, startOf } from './walk-end.ts'
import { createWalker, type WalkPlan } from './walker.ts'

/** For what part of the overlap a proof of the log's end holds: longer than two usual polls, shorter than the overlap. */
const PROOF_HOLDS = 0.75
/** Seconds ahead of our clock that a first request still covers. */
const AHEAD_S = 60

/** A retrospection stops where it is because a poll is due. */
class GivesWay extends Error {}

interface PollerParts {
  readonly config: SourceConfig
  readonly asker: Asker
  readonly store: Store
  readonly state: SourceState
  /** The source's state to continue from. */
  load(): Promise<SourceState>
  readonly logger: Logger
  readonly now: () => number
  readonly spoolPage: SpoolPage
}

export interface Poller {
  /** Shared with whatever else reads this source. */
  readonly book: SourceBook
  state(): SourceState
  /** Continues from what is stored: another process has polled, or what is in memory can't be trusted. */
  reload(): Promise<void>
  /** Reads everything up to its bound; answers whether newer events are known to wait for the next poll. */
  poll(signal: AbortSignal): Promise<{ resumed: boolean }>
  /**
   * Reads one old window again, if one is due, and answers whether one was. Once `isDue` says that a poll is due, it
   * gives way after at least one page; the window continues from there later.
   */
  retrospect(signal: AbortSignal, isDue?: () => boolean): Promise<boolean>
  /** Reads an old range again; gaps that turn out complete now are no longer gaps. */
  repair(range: OldRange, spoolPage: SpoolPage, signal: AbortSignal): Promise<void>
}

/** Unix seconds, [from, to). */
export interface OldRange {
  readonly from: number
  readonly to: number
}

export function createPoller(it: PollerParts): Poller {
  const { asker, config, store, spoolPage, now } = it
  const save = async (state: SourceState) => {
    await store.append({ source: config.id, state, ledger: [], quarantined: [] })
  }
  const book = createSourceBook({ asker, state: it.state, load: it.load, save, now })
  const { state, brokenOff } = book
  const proof = createEndProof(config.overlapMs * PROOF_HOLDS, now)
  const walk = createWalker({ book, proof, logger: it.logger, now })
  /** The last poll's bound lay behind the server's clock. One more poll follows at once, but only one in a row. */
  let fellShort = false

  const succeed = (after: SourceState, checkpoint: number): SourceState => ({
    ...withCheckpoint(after, checkpoint, config),
    lastSuccess: now(),
  })

  const boundsFor = (checkpoint: number) => {
    const start = firstStartOf(state(), config, checkpoint, asker.skew())
    return { checkpoint, start, end: Math.max(start, startOf({ ...state(), start }, config, checkpoint)) }
  }

  /** Answers whether its bound turned out to lie behind the server's clock, which only the first answer shows. */
  const freshWalk = async (signal: AbortSignal): Promise<boolean> => {
    const startedAt = now()
    const startedS = Math.floor(startedAt / 1000)
    // An estimate by our clock, until the first answer brings the server's.
    let bounds = boundsFor(startedS)
    const present = startedS + Math.max(0, Math.ceil(asker.skew()))
    // A clock that was set back may be behind what has been read already.
    const before = Math.max(present, state().checkpoint ?? 0) + AHEAD_S
    let isShort = false
    const plan: WalkPlan = {
      before,
      position: Infinity,
      notBefore: await lowerBound(store, config.id, bounds.end),
      end(serverTime) {
        bounds = boundsFor(Math.min(Math.floor(serverTime ?? Infinity), startedS))
        isShort = serverTime !== undefined && serverTime > before
        return bounds.end
      },
      newestKnown: state().newest,
      breaksOff: (second) => brokenOff.note(startedAt, second),
      afterPage(after, position) {
        const { checkpoint, start, end } = bounds
        return readDownTo(position, { ...after, start }, { position: before, end, checkpoint, startedAt })
      },
      afterLast: (after) => succeed({ ...after, start: bounds.start }, bounds.checkpoint),
    }
    await walk(plan, spoolPage, signal)
    return isShort
  }

  const resumedWalk = async (broken: WalkState, signal: AbortSignal) => {
    const plan: WalkPlan = {
      before: broken.position,
      position: broken.position,
      notBefore: await lowerBound(store, config.id, broken.end),
      end: () => broken.end,
      brokenOffIn: brokenOff.secondOf(broken.startedAt),
      breaksOff: (second) => brokenOff.note(broken.startedAt, second),
      afterPage: (after, position) => readDownTo(position, after, broken),
      afterLast: (after) => succeed(after, broken.checkpoint),
    }
    await walk(plan, spoolPage, signal)
  }

  /** `start` is fixed at the first attempt, so that a failing source does not move it forward. */
  const rememberFailure = (startedAt: number) =>
    book
      .change((failed) => ({
        ...failed,
        start: failed.start ?? startOf(failed, config, Math.floor(startedAt / 1000)),
      }))
      .catch((error: unknown) => {
        it.logger.debug('the state of a failed poll was not stored', { reason: messageOf(error) })
      })

  return {
    book,
    state,
    reload: book.reload,
    async poll(signal) {
      const broken = state().walk
      const startedAt = now()
      book.polled(startedAt)
      try {
        if (broken === undefined) fellShort = (await freshWalk(signal)) && !fellShort
        else await resumedWalk(broken, signal)
      } catch (error) {
        book.forgetVariant()
        await rememberFailure(startedAt)
        throw error
      }
      return { resumed: broken !== undefined || fellShort }
    },
    async retrospect(signal, isDue = () => false) {
      const due = nextWindow(state(), config.retrospectMs)
      if (due === undefined) return false
      it.logger.debug('reading an old window again', { from: due.from, to: due.to })
      const before = Math.min(due.to, due.position)
      const plan: WalkPlan = {
        before,
        position: due.position,
        notBefore: await lowerBound(store, config.id, due.from),
        end: () => due.from,
        async mayAsk(pages) {
          if (pages > 0 && isDue()) throw new GivesWay()
          await asker.leaveHalf(signal)
        },
        afterPage: (after, position) => ({
          ...after,
          retrospecting: { ...due, position: Math.min(position, before) },
        }),
        afterLast: (after) => retrospectedTo(after, due),
      }
      await walk(plan, spoolPage, signal).catch((error: unknown) => {
        if (!(error instanceof GivesWay)) throw error
      })
      return true
    },
    async repair({ from, to }, spoolRepaired, signal) {
      const plan: WalkPlan = {
        before: to,
        position: Infinity,
        notBefore: await lowerBound(store, config.id, from),
        end: () => from,
        afterPage: (after) => after,
        afterLast: (after) => after,
      }
      await walk(plan, spoolRepaired, signal)
    },
  }
}

/**
 * The state in which `walk` can be resumed at `position`. At Infinity nothing was read for good, so the next poll begins
 * anew, and sees what has happened since.
 */
function readDownTo(position: number, state: SourceState, walk: WalkState): SourceState {
  if (position === Infinity) return withoutWalk(state)
  return { ...state, walk: { ...walk, position: Math.min(position, walk.position) } }
}

function withoutWalk({ walk: _, ...rest }: SourceState): SourceState {
  return rest
}

function withCheckpoint(state: SourceState, checkpoint: number, config: SourceConfig): SourceState {
  const rest = withoutWalk(state)
  const retrospected = retrospectedAfter(state, checkpoint, config.retrospectMs)
  return { ...rest, retrospected, checkpoint: Math.max(checkpoint, state.checkpoint ?? 0) }
}
