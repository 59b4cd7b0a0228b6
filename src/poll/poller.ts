/**
 * One source's polls: plans each walk, reads it page by page, and moves the checkpoint at its end only.
 *
 * A walk is *fresh* (from now back to the checkpoint minus the overlap) or *resumed* (from where it was broken
 * off). Each page is made durable with the walk's position; the last one together with the new checkpoint.
 */
import type { SourceConfig } from '../config/config.ts'
import type { ReadRequest } from '../connector.ts'
import { messageOf } from '../errors.ts'
import type { Logger } from '../lib/logger.ts'
import type { SourceState, WalkState } from '../spool/source-state.ts'
import type { Store } from '../spool/store.ts'
import type { Asker } from './asker.ts'
import { createEndProof } from './end-proof.ts'
import type { Page } from './pages.ts'
import { readDown } from './reader.ts'
import { nextWindow, retrospectedAfter, retrospectedTo } from './retrospection.ts'
import { createSourceBook, type NextState, type SourceBook, type SpoolPage } from './source-book.ts'
import type { ReadDown } from './walk.ts'
import { firstStartOf, lowerBound, startOf } from './walk-end.ts'

/** How often a long walk logs its progress. */
const PROGRESS_EVERY_MS = 10_000
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

interface WalkManner {
  readonly spoolPage?: SpoolPage
  /** Called before each request; throws to break the walk off. */
  readonly mayAsk?: (pages: number) => Promise<void>
}

export function createPoller(it: PollerParts): Poller {
  const { asker } = it
  const save = async (state: SourceState) => {
    await it.store.append({ source: it.config.id, state, ledger: [], quarantined: [] })
  }
  const book = createSourceBook({ asker, state: it.state, load: it.load, save, now: it.now })
  const { state, capacity, brokenOff } = book
  const proof = createEndProof(it.config.overlapMs * PROOF_HOLDS, it.now)
  /** When the walk last logged its progress, or began. */
  let saidAt = 0
  /** The last poll's bound lay behind the server's clock. One more poll follows at once, but only one in a row. */
  let fellShort = false

  const succeed = (after: SourceState, plan: WalkState): SourceState => ({
    ...withCheckpoint(after, plan, it.config),
    lastSuccess: it.now(),
  })

  const sayHowFar = ({ spooled, walk }: SourceState, { position }: Page) => {
    if (it.now() - saidAt < PROGRESS_EVERY_MS) return
    saidAt = it.now()
    if (walk !== undefined) it.logger.info('long walk', { events: spooled, position: timeText(position) })
  }

  /** The last page is stored together with what `done` changes. */
  const walk = async (
    range: Omit<ReadDown, 'ask' | 'capacity' | 'proof' | 'emit'>,
    steps: { between: (position: number) => NextState; done: () => NextState },
    signal: AbortSignal,
    { spoolPage = it.spoolPage, mayAsk = async () => {} }: WalkManner = {},
  ) => {
    let pages = 0
    let storing = Promise.resolve()
    saidAt = it.now()
    const store = async (page: Page, next: NextState) => {
      sayHowFar(await book.spool(spoolPage, page, next, signal), page)
    }
    // The next page is read while this one is compressed and flushed; if that fails, the next page throws it.
    const emit = async (page: Page, isLast: boolean) => {
      await storing
      pages++
      storing = store(page, isLast ? steps.done() : steps.between(page.position))
      storing.catch(() => undefined)
    }
    const askInTurn = async (request: ReadRequest) => {
      await mayAsk(pages)
      return book.ask(request, signal)
    }
    try {
      await readDown({ ...range, ask: askInTurn, capacity, proof, emit })
    } finally {
      await storing
    }
  }

  const endFor = (checkpoint: number) => {
    const start = firstStartOf(state(), it.config, checkpoint, asker.skew())
    return { start, end: Math.max(start, startOf({ ...state(), start }, it.config, checkpoint)) }
  }

  /** Answers whether its bound turned out to lie behind the server's clock, which only the first answer shows. */
  const freshWalk = async (signal: AbortSignal): Promise<boolean> => {
    const startedAt = it.now()
    const estimate = endFor(Math.floor(startedAt / 1000)).end
    const notBefore = await lowerBound(it.store, it.config.id, estimate)
    let plan: WalkState = { position: 0, end: estimate, checkpoint: 0, startedAt }
    let start = 0
    const present = Math.floor(startedAt / 1000) + Math.max(0, Math.ceil(asker.skew()))
    // A clock that was set back may be behind what has been read already.
    const before = Math.max(present, state().checkpoint ?? 0) + AHEAD_S
    let isShort = false
    const end = (serverTime: number | undefined) => {
      const checkpoint = Math.floor(Math.min(serverTime ?? Infinity, startedAt / 1000))
      const found = endFor(checkpoint)
      start = found.start
      plan = { ...plan, checkpoint, end: found.end }
      isShort = serverTime !== undefined && serverTime > before
      return plan.end
    }
    const between = (position: number) => (after: SourceState) => ({
      ...after,
      start,
      walk: { ...plan, position: Math.min(position, before) },
    })
    const done = () => (after: SourceState) => succeed({ ...after, start }, plan)
    const breaksOff = (second: number) => brokenOff.note(startedAt, second)
    const range = { before, position: Infinity, notBefore, end, newestKnown: state().newest, breaksOff }
    await walk(range, { between, done }, signal)
    return isShort
  }

  const resumedWalk = async (plan: WalkState, signal: AbortSignal) => {
    const notBefore = await lowerBound(it.store, it.config.id, plan.end)
    const between = (position: number) => (after: SourceState) => ({
      ...after,
      walk: { ...plan, position: Math.min(position, plan.position) },
    })
    const done = () => (after: SourceState) => succeed(after, plan)
    const { position, startedAt } = plan
    const brokenOffIn = brokenOff.secondOf(startedAt)
    const breaksOff = (second: number) => brokenOff.note(startedAt, second)
    const range = { before: position, position, notBefore, end: () => plan.end, brokenOffIn, breaksOff }
    await walk(range, { between, done }, signal)
  }

  /** `start` is fixed at the first attempt, so that a failing source does not move it forward. */
  const rememberFailure = (startedAt: number) =>
    book
      .change((failed) => ({
        ...failed,
        start: failed.start ?? startOf(failed, it.config, Math.floor(startedAt / 1000)),
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
      const startedAt = it.now()
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
      const due = nextWindow(state(), it.config.retrospectMs)
      if (due === undefined) return false
      it.logger.debug('reading an old window again', { from: due.from, to: due.to })
      const notBefore = await lowerBound(it.store, it.config.id, due.from)
      const before = Math.min(due.to, due.position)
      const range = { before, position: due.position, notBefore, end: () => due.from }
      const between = (position: number) => (after: SourceState) => ({
        ...after,
        retrospecting: { ...due, position: Math.min(position, before) },
      })
      const giveWay = async (pages: number) => {
        if (pages > 0 && isDue()) throw new GivesWay()
        await asker.leaveHalf(signal)
      }
      const done = () => (after: SourceState) => retrospectedTo(after, due)
      await walk(range, { between, done }, signal, { mayAsk: giveWay }).catch((error: unknown) => {
        if (!(error instanceof GivesWay)) throw error
      })
      return true
    },
    async repair({ from, to }, spoolPage, signal) {
      const notBefore = await lowerBound(it.store, it.config.id, from)
      const range = { before: to, position: Infinity, notBefore, end: () => from }
      const same: NextState = (after) => after
      await walk(range, { between: () => same, done: () => same }, signal, { spoolPage })
    },
  }
}

function withCheckpoint(state: SourceState, plan: WalkState, config: SourceConfig): SourceState {
  const { walk: _, ...rest } = state
  const retrospected = retrospectedAfter(state, plan.checkpoint, config.retrospectMs)
  return { ...rest, retrospected, checkpoint: Math.max(plan.checkpoint, state.checkpoint ?? 0) }
}

function timeText(second: number): string {
  return Number.isFinite(second) ? new Date(second * 1000).toISOString() : ''
}
