/**
 * Runs one source's polls and reports its state honestly:
 *
 * - *idle*: the last poll succeeded and brought nothing; *ok*: it brought events.
 * - *catching_up*: a long walk is on its way.
 * - *throttled*: the source asked to wait (429), or the spool is full.
 * - *paused*: an operator must act (401, 403, plan, TLS); tried again slowly.
 * - *stuck*: anything else that keeps polls from succeeding.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { OperationError } from '../errors.ts'
import { backoffMs } from '../lib/backoff.ts'
import { endsWithin } from '../lib/ends-within.ts'
import type { Logger } from '../lib/logger.ts'
import { steadyClock } from '../lib/steady.ts'
import { createTurns } from '../lib/turns.ts'
import type { ComponentState } from '../ops/status.ts'
import { SPOOL_FULL } from '../spool/room.ts'
import { type Claim, ClaimLost } from '../spool/store.ts'
import { classify, type Standing } from './failed-poll.ts'
import type { Poller } from './poller.ts'
import { watchStall } from './stall.ts'

/** What is read beside the polls, in the same turns. */
export interface Beside {
  isWaiting(): boolean
  /** Reads to the end. Throws what keeps it from that. */
  run(signal: AbortSignal): Promise<void>
}

export interface PollLoopParts {
  readonly poller: Pick<Poller, 'state' | 'reload' | 'poll' | 'retrospect'>
  readonly beside?: Beside
  /** The right to poll; undefined while another process polls. */
  claim(): Promise<Claim | undefined>
  readonly pollEveryMs: number
  /** How long one request may last, milliseconds. */
  readonly timeoutMs: number
  readonly logger: Logger
  readonly now: () => number
  readonly random: () => number
  /** A full spool holds up every walk, also one that is under way. */
  isSpoolFull(): boolean
}

export interface PollLoop {
  /** One turn: a poll, and a due retrospection. Answers the wait until the next, milliseconds; never throws. */
  turn(signal: AbortSignal): Promise<number>
  /** Runs `work` with the right to change the source's state; undefined while another process has it. */
  claimed<Result>(work: () => Promise<Result>): Promise<Result | undefined>
  /** Runs `work` between two turns, with the right to write the source's state. Throws what it throws. */
  between<Result>(work: (signal: AbortSignal) => Promise<Result>, signal: AbortSignal): Promise<Result>
  health(): SourceHealth
  /** Whether the source waits for its sinks, rather than they for it. */
  waitsForSinks(): boolean
  /** When the next poll is due, milliseconds; undefined while one is under way. */
  nextPoll(): number | undefined
}

export interface SourceHealth {
  readonly state: ComponentState
  readonly reason: string
}

const BACKOFF = { baseMs: 1_000, maxMs: 300_000 }
/** How long work between polls waits for another process's poll to end. */
const CLAIM_PATIENCE_MS = 60_000
const CLAIM_EVERY_MS = 200

const NOT_POLLED: SourceHealth = { state: 'idle', reason: 'not polled yet' }
const CATCHING_UP: SourceHealth = { state: 'catching_up', reason: '' }
const FULL: Standing = { state: 'throttled', reason: SPOOL_FULL, waitsForSinks: true }

export function createPollLoop(it: PollLoopParts): PollLoop {
  const { poller, logger, now } = it
  const steady = steadyClock(now)
  const stall = watchStall(poller.state, it.timeoutMs, now)
  let standing: Standing = NOT_POLLED
  let failures = 0
  let besideFailures = 0
  let isInTurn = false
  /** The turn's, from when it is asked for until it is given back. */
  let claiming: Promise<Claim | undefined> | undefined
  let dueAt: number | undefined
  /** Turns, and the work between them, share the poller's state, so they run one after the other. */
  const inTurn = createTurns()

  const fail = (error: unknown): number => {
    const { afterMs, ...failure } = classify(error, it.pollEveryMs)
    if (failure.reason !== standing.reason) {
      const log = failure.state === 'paused' ? logger.error : logger.warn
      log(failure.state === 'paused' ? 'source paused: an operator must act' : 'poll failed', {
        reason: failure.reason,
      })
    }
    standing = failure
    failures++
    return afterMs ?? Math.max(250, backoffMs(failures, BACKOFF, it.random))
  }

  const poll = async (signal: AbortSignal): Promise<number> => {
    dueAt = undefined
    const startedAt = steady()
    const before = poller.state().spooled
    const { resumed } = await stall.during(() => poller.poll(signal))
    const nextAt = startedAt + it.pollEveryMs
    const isDue = () => steady() >= nextAt
    let gaveWay = false
    while (!resumed && !gaveWay && (await poller.retrospect(signal, isDue))) {
      signal.throwIfAborted()
      // The rest of the window is read after the next poll.
      gaveWay = isDue()
    }
    if (failures > 0) logger.info('polls succeed again', { failures })
    failures = 0
    // A resumed walk ends at its original bound: what is newer waits for the next turn.
    const done = poller.state().spooled > before ? 'ok' : 'idle'
    standing = { state: resumed || gaveWay ? 'catching_up' : done, reason: '' }
    return resumed ? 0 : Math.max(0, nextAt - steady())
  }

  const failBeside = (error: unknown, untilPoll: number): number => {
    const { afterMs, ...failure } = classify(error, it.pollEveryMs)
    standing = { ...failure, reason: `backfill: ${failure.reason}` }
    besideFailures++
    logger.warn('a backfill broke off and will be resumed', { reason: failure.reason })
    const wait = afterMs ?? backoffMs(besideFailures, BACKOFF, it.random)
    return Math.min(untilPoll, Math.max(250, wait))
  }

  /** Keeps the turn, and with it the claim, until what is read beside the polls has ended; polls keep their schedule. */
  const pollBeside = async (beside: Beside, untilPoll: number, signal: AbortSignal): Promise<number> => {
    let pollAt = 0
    const pollIn = (wait: number) => {
      pollAt = steady() + wait
      dueAt = now() + wait
    }
    const untilDue = () => Math.max(0, pollAt - steady())
    const stopping = new AbortController()
    const reading = beside.run(AbortSignal.any([signal, stopping.signal]))
    const ended = reading.catch(() => undefined)
    pollIn(untilPoll)
    try {
      while (!(await endsWithin(untilDue(), ended, signal))) pollIn(await pollOrFail(signal))
    } finally {
      stopping.abort()
      await ended
    }
    try {
      await reading
    } catch (error) {
      if (error instanceof ClaimLost) throw error
      return failBeside(error, untilDue())
    }
    besideFailures = 0
    return untilDue()
  }

  /** Answers the wait until the next poll. Throws only what ends the turn. */
  const pollOrFail = (signal: AbortSignal) =>
    poll(signal).catch((error: unknown) => {
      if (signal.aborted || error instanceof ClaimLost) throw error
      return fail(error)
    })

  const withClaim = async <Result>(claim: Claim, work: () => Promise<Result>): Promise<Result> => {
    try {
      if (!claim.continued) await poller.reload()
      return await work()
    } finally {
      await claim.release()
    }
  }

  const takeTurn = async (signal: AbortSignal): Promise<number> => {
    const wait = await poll(signal)
    return it.beside?.isWaiting() ? pollBeside(it.beside, wait, signal) : wait
  }

  const turn = async (signal: AbortSignal): Promise<number> => {
    try {
      claiming = it.claim()
      const claim = await claiming
      if (claim === undefined) return it.pollEveryMs
      return await withClaim(claim, () => takeTurn(AbortSignal.any([signal, claim.signal])))
    } catch (error) {
      if (signal.aborted) return 0
      return fail(error)
    } finally {
      claiming = undefined
    }
  }

  /** Another process that polls gives the claim back after its turn. */
  const claimSoon = async (signal: AbortSignal): Promise<Claim> => {
    const until = steady() + CLAIM_PATIENCE_MS
    for (;;) {
      const claim = await it.claim()
      if (claim !== undefined) return claim
      if (steady() >= until)
        throw new OperationError('another process is polling this source: try again later')
      await sleep(CLAIM_EVERY_MS, undefined, { signal })
    }
  }

  const standingNow = (): Standing => {
    if (it.isSpoolFull()) return FULL
    const { walk } = poller.state()
    const usual = walk !== undefined && failures === 0 ? CATCHING_UP : standing
    return stall.health(usual === NOT_POLLED) ?? usual
  }

  return {
    nextPoll: () => dueAt,
    // A turn lasts as long as a backfill beside it.
    async turn(signal) {
      if (isInTurn) return it.pollEveryMs
      isInTurn = true
      try {
        const wait = await inTurn(() => turn(signal))
        dueAt = now() + wait
        return wait
      } finally {
        isInTurn = false
      }
    },
    async claimed(work) {
      if ((await claiming) !== undefined) return work()
      const claim = await it.claim()
      return claim === undefined ? undefined : withClaim(claim, work)
    },
    between: (work, signal) =>
      inTurn(async () => {
        const claim = await claimSoon(signal)
        return withClaim(claim, () => work(AbortSignal.any([signal, claim.signal])))
      }),
    health() {
      const { state, reason } = standingNow()
      return { state, reason }
    },
    waitsForSinks: () => standingNow().waitsForSinks === true,
  }
}
