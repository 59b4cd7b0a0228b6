/**
 * Runs one source's polls and says honestly how it is:
 *
 * - *idle*: the last poll succeeded and brought nothing; *ok*: it brought events.
 * - *catching_up*: a long walk is on its way.
 * - *throttled*: the source asked to wait (429), or the spool is full.
 * - *paused*: an operator must act (401, 403, plan, TLS); tried again slowly.
 * - *stuck*: anything else that keeps polls from succeeding.
 */
import { messageOf, SourceError } from '../errors.ts'
import { backoffMs } from '../lib/backoff.ts'
import type { Logger } from '../lib/logger.ts'
import type { ComponentState } from '../ops/status.ts'
import { SPOOL_FULL, SpoolFull } from '../spool/room.ts'
import type { Claim } from '../spool/store.ts'
import type { Poller } from './poller.ts'

export interface PollLoopParts {
  readonly poller: Poller
  /** The right to poll; undefined while another process polls. */
  claim(): Promise<Claim | undefined>
  readonly pollEveryMs: number
  readonly logger: Logger
  readonly now: () => number
  readonly random: () => number
  /** A full spool holds up every walk, also one that is under way. */
  isSpoolFull(): boolean
}

export interface PollLoop {
  /** One turn: a poll, and a due retrospection. Answers the wait until the next, milliseconds; never throws. */
  turn(signal: AbortSignal): Promise<number>
  health(): SourceHealth
}

export interface SourceHealth {
  readonly state: ComponentState
  readonly reason: string
}

const BACKOFF = { baseMs: 1_000, maxMs: 300_000 }
/** A configuration error is looked at again this often, or every poll if that is longer. */
const PAUSED_RETRY_MS = 10_000

export function createPollLoop(it: PollLoopParts): PollLoop {
  const { poller, logger, now } = it
  let health: SourceHealth = { state: 'idle', reason: 'not polled yet' }
  let failures = 0

  const fail = (error: unknown): number => {
    const failure = classify(error)
    if (failure.reason !== health.reason) {
      const say = failure.state === 'paused' ? logger.error : logger.warn
      say(failure.state === 'paused' ? 'source paused: an operator must act' : 'poll failed', {
        reason: failure.reason,
      })
    }
    health = { state: failure.state, reason: failure.reason }
    failures++
    return failure.afterMs ?? Math.max(250, backoffMs(failures, BACKOFF, it.random))
  }

  const classify = (error: unknown): SourceHealth & { afterMs?: number } => {
    const reason = messageOf(error)
    if (error instanceof SpoolFull) return { state: 'throttled', reason, afterMs: 1_000 }
    if (!(error instanceof SourceError)) return { state: 'stuck', reason }
    if (error.fault === 'configuration') {
      return { state: 'paused', reason, afterMs: error.afterMs ?? Math.max(it.pollEveryMs, PAUSED_RETRY_MS) }
    }
    const state = error.status === 429 ? 'throttled' : 'stuck'
    return error.afterMs === undefined ? { state, reason } : { state, reason, afterMs: error.afterMs }
  }

  const poll = async (signal: AbortSignal): Promise<number> => {
    const startedAt = now()
    const before = poller.state().spooled
    const { resumed } = await poller.poll(signal)
    if (!resumed) while (await poller.retrospect(signal)) signal.throwIfAborted()
    if (failures > 0) logger.info('polls succeed again', { failures })
    failures = 0
    // A resumed walk ended where it was to begin with: what is newer waits for the next turn.
    const done = poller.state().spooled > before ? 'ok' : 'idle'
    health = { state: resumed ? 'catching_up' : done, reason: '' }
    return resumed ? 0 : Math.max(0, startedAt + it.pollEveryMs - now())
  }

  return {
    async turn(signal) {
      try {
        const claim = await it.claim()
        if (claim === undefined) return it.pollEveryMs
        try {
          if (!claim.continued) await poller.reload()
          return await poll(AbortSignal.any([signal, claim.signal]))
        } finally {
          await claim.release()
        }
      } catch (error) {
        if (signal.aborted) return 0
        return fail(error)
      }
    },
    health() {
      if (it.isSpoolFull()) return { state: 'throttled', reason: SPOOL_FULL }
      return poller.state().walk !== undefined && failures === 0
        ? { state: 'catching_up', reason: '' }
        : health
    },
  }
}
