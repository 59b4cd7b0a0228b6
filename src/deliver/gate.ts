/**
 * Lets a lane's batches through to its sink.
 *
 * - *open*: all pass.
 * - *retrying* (the sink answered retry): closed until the back-off is over, then one batch passes as the probe.
 * - *paused* (an operator must act): the same with the longest back-off each time.
 * - *held* (an operator paused the sink): nothing passes until it is released, whatever else.
 *
 * The probe's success opens the gate; another failure closes it again, longer. So a lane in trouble sends one
 * batch at a time, not its whole backlog.
 */
import { backoffMs } from '../lib/backoff.ts'
import { steadyClock } from '../lib/steady.ts'

export interface Gate {
  /**
   * Waits for passage. Answers whether an operator held the gate meanwhile, since that time must not count as failing.
   * Rejects with the signal's reason.
   */
  pass(signal: AbortSignal): Promise<{ wasHeld: boolean }>
  /** What passed is not written after all: another batch may probe in its place. */
  turnBack(): void
  /** The sink accepted something. */
  succeed(): void
  /** Answers false where the gate was closed already: batches in flight together fail together. */
  fail(trouble: { kind: 'retry' | 'pause'; reason: string; afterMs?: number }): boolean
  trouble(): Trouble | undefined
  /** Closes the gate for this reason. Without a reason releases it, and what waits passes or probes at once. */
  hold(reason: string | undefined): void
}

interface Trouble {
  readonly kind: 'retry' | 'pause'
  readonly reason: string
  /** Milliseconds. */
  readonly since: number
  /** Infinity while the gate is held. */
  readonly retryAt: number
  readonly attempts: number
}

export interface GateOptions {
  readonly maxBackoffMs: number
  readonly now: () => number
  readonly random: () => number
}

const BASE_MS = 1_000

export function createGate({ maxBackoffMs, now, random }: GateOptions): Gate {
  const steady = steadyClock(now)
  /** In steady time; shown to others in wall-clock time. */
  let trouble: Trouble | undefined
  let held: Trouble | undefined
  let probing = false
  const waiting = new Set<() => void>()
  const wakeAll = () => {
    for (const wake of [...waiting]) wake()
  }

  return {
    trouble() {
      if (held !== undefined || trouble === undefined) return held
      const ahead = steady() - now()
      return { ...trouble, since: trouble.since - ahead, retryAt: trouble.retryAt - ahead }
    },
    async pass(signal) {
      for (let wasHeld = false; ; ) {
        signal.throwIfAborted()
        if (held !== undefined) {
          wasHeld = true
          await wait(undefined, waiting, signal)
          continue
        }
        if (trouble === undefined) return { wasHeld }
        const left = trouble.retryAt - steady()
        if (left <= 0 && !probing) {
          probing = true
          return { wasHeld }
        }
        await wait(probing ? undefined : left, waiting, signal)
      }
    },
    turnBack() {
      probing = false
      wakeAll()
    },
    succeed() {
      probing = false
      if (trouble === undefined) return
      trouble = undefined
      wakeAll()
    },
    fail({ kind, reason, afterMs }) {
      if (trouble !== undefined && !probing && trouble.retryAt > steady()) return false
      probing = false
      const attempts = (trouble?.attempts ?? 0) + 1
      const jittered = backoffMs(attempts, { baseMs: BASE_MS, maxMs: maxBackoffMs }, random)
      // `Retry-After: 0`, or a date that has passed, must not become a loop without a wait.
      const wait = afterMs || (kind === 'pause' ? maxBackoffMs : jittered)
      trouble = { kind, reason, since: trouble?.since ?? steady(), retryAt: steady() + wait, attempts }
      wakeAll()
      return true
    },
    hold(reason) {
      held =
        reason === undefined
          ? undefined
          : { kind: 'pause', reason, since: now(), retryAt: Number.POSITIVE_INFINITY, attempts: 0 }
      // Whoever resumes has fixed the problem, or wants to know whether it is fixed.
      if (held === undefined && trouble !== undefined) trouble = { ...trouble, retryAt: steady() }
      wakeAll()
    },
  }
}

/** Resolves after `ms`, or when woken. */
function wait(ms: number | undefined, waiting: Set<() => void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = ms === undefined ? undefined : setTimeout(done, Math.min(ms, 2 ** 31 - 1))
    function done() {
      clearTimeout(timer)
      waiting.delete(done)
      signal.removeEventListener('abort', done)
      resolve()
    }
    waiting.add(done)
    signal.addEventListener('abort', done)
  })
}
