/** One request budget a source, over polls and retrospection: a token bucket of `requests_per_minute`. */
import { setTimeout as sleep } from 'node:timers/promises'
import { SourceError } from '../errors.ts'

export interface Budget {
  /** Waits for a request's turn. Throws SourceError when that takes longer than the patience. */
  take(signal: AbortSignal): Promise<void>
  /** When all of it is there again, milliseconds. */
  fullAt(): number
  /** Goes on where another process, or this one in a former life, was. */
  resume(fullAt: number): void
}

export interface BudgetOptions {
  readonly requestsPerMinute: number
  readonly patienceMs: number
  readonly now: () => number
}

export function createBudget({ requestsPerMinute, patienceMs, now }: BudgetOptions): Budget {
  const refillMs = 60_000 / requestsPerMinute
  /** When the bucket would be full again; each request pushes it on. */
  let fullAt = now()
  let takenAt = fullAt
  return {
    fullAt: () => fullAt,
    resume(at) {
      fullAt = Math.max(fullAt, Math.min(at, now() + 60_000))
    },
    async take(signal) {
      const at = now()
      // A clock that is set back must not stop the requests until it is where it was.
      fullAt -= Math.max(0, takenAt - at)
      takenAt = at
      const wait = Math.max(0, fullAt + refillMs - at - 60_000)
      if (wait > patienceMs) {
        const reason = `the request budget (requests_per_minute: ${requestsPerMinute}) is used up`
        throw new SourceError('transient', reason, { afterMs: wait })
      }
      fullAt = Math.max(fullAt, at) + refillMs
      if (wait > 0) await sleep(wait, undefined, { signal })
      signal.throwIfAborted()
    },
  }
}
