/** One request budget per source, for polls, retrospection and backfill: a token bucket of `requests_per_minute`. */
import { setTimeout as sleep } from 'node:timers/promises'
import { SourceError } from '../errors.ts'

/** `live`: now, if anything is left. `patient`: only what live requests leave, however long that takes. */
export type Urgency = 'live' | 'patient'

export interface Budget {
  /** Waits for a request's turn. Throws SourceError when a live one would take longer than the patience. */
  take(signal: AbortSignal, urgency?: Urgency): Promise<void>
  /** What a patient request waits for at this moment; empty: none waits. */
  patientWaitsFor(): string
  /** When the budget will be full again, milliseconds. */
  fullAt(): number
  /**
   * Continues where another process, or this one before a restart, left off. A time too late for any bucket comes from a
   * clock ahead of ours: what is left is then unknown, and half counts as used.
   */
  resume(fullAt: number): void
}

export interface BudgetOptions {
  readonly requestsPerMinute: number
  readonly patienceMs: number
  readonly now: () => number
}

const MINUTE_MS = 60_000
/** What patient requests leave untouched, in requests and as a share of a minute, so that a live one never waits. */
const RESERVE = 5
const RESERVE_SHARE = 0.2
/** How often a patient request checks whether live ones have used up what it waits for. */
const LOOK_EVERY_MS = 1_000

export function createBudget({ requestsPerMinute, patienceMs, now }: BudgetOptions): Budget {
  const refillMs = MINUTE_MS / requestsPerMinute
  /** When the bucket would be full again; each request pushes it on. */
  let fullAt = now()
  let takenAt = fullAt
  const reserve = Math.min(RESERVE, requestsPerMinute * RESERVE_SHARE)
  let lastPatient: Promise<unknown> = Promise.resolve()
  let patientWaits = false
  const name = `the request budget (requests_per_minute: ${requestsPerMinute})`

  /** A clock that is set back must not hold up requests until it has caught up. */
  const follow = (at: number) => {
    fullAt -= Math.max(0, takenAt - at)
    takenAt = at
  }
  /** The wait until one request may be taken with `left` more in reserve. */
  const waitFor = (at: number, left: number): number => {
    follow(at)
    return Math.max(0, fullAt + refillMs * (1 + left) - at - MINUTE_MS)
  }
  const use = (at: number) => {
    fullAt = Math.max(fullAt, at) + refillMs
  }
  const takeSpare = async (signal: AbortSignal) => {
    for (;;) {
      signal.throwIfAborted()
      const at = now()
      const wait = waitFor(at, reserve)
      if (wait === 0) return use(at)
      patientWaits = true
      await sleep(Math.min(wait, LOOK_EVERY_MS), undefined, { signal })
    }
  }
  return {
    patientWaitsFor: () => (patientWaits ? name : ''),
    fullAt() {
      follow(now())
      return fullAt
    },
    resume(at) {
      const isPossible = at <= now() + MINUTE_MS
      fullAt = Math.max(fullAt, isPossible ? at : now() + MINUTE_MS / 2)
    },
    async take(signal, urgency = 'live') {
      if (urgency === 'patient') {
        const taken = lastPatient
          .then(() => takeSpare(signal))
          .finally(() => {
            patientWaits = false
          })
        lastPatient = taken.catch(() => undefined)
        return taken
      }
      const at = now()
      const wait = waitFor(at, 0)
      if (wait > patienceMs) {
        throw new SourceError('transient', `${name} is used up`, { afterMs: wait })
      }
      use(at)
      if (wait > 0) await sleep(wait, undefined, { signal })
      signal.throwIfAborted()
    },
  }
}
