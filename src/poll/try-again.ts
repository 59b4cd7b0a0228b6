/** Tries again on the spot what may pass: for whoever has no next poll to wait for. */
import { setTimeout as sleep } from 'node:timers/promises'
import { SourceError } from '../errors.ts'
import { backoffMs } from '../lib/backoff.ts'

export interface Patience {
  /** What asks for a longer wait is not tried again. */
  readonly longestWaitMs: number
  readonly random: () => number
  /** Before each wait. */
  tell?(error: SourceError, waitMs: number): void
}

/** Failures in a row, without progress between them, that are tried again. */
const RETRIES = 4
const BACKOFF = { baseMs: 250, maxMs: 5_000 }

/** `work` says by `progress` that it has come further. */
export async function tryAgain<Result>(
  work: (progress: () => void) => Promise<Result>,
  { longestWaitMs, random, tell }: Patience,
  signal: AbortSignal,
): Promise<Result> {
  let failures = 0
  const progress = () => {
    failures = 0
  }
  for (;;) {
    try {
      return await work(progress)
    } catch (error) {
      if (!mayPass(error, longestWaitMs) || ++failures > RETRIES) throw error
      const waitMs = Math.max(error.afterMs ?? 0, backoffMs(failures, BACKOFF, random))
      tell?.(error, waitMs)
      await sleep(waitMs, undefined, { signal })
    }
  }
}

function mayPass(error: unknown, longestWaitMs: number): error is SourceError {
  if (!(error instanceof SourceError) || error.fault === 'configuration') return false
  return (error.afterMs ?? 0) <= longestWaitMs
}
