/** Retries transient failures on the spot, for callers that have no next poll to wait for. */
import { setTimeout as sleep } from 'node:timers/promises'
import { SourceError } from '../errors.ts'
import { backoffMs } from '../lib/backoff.ts'

export interface Patience {
  /** A failure that asks for a longer wait is not retried. */
  readonly longestWaitMs: number
  readonly random: () => number
  /** Before each wait. */
  onWait?(error: SourceError, waitMs: number): void
}

/** How many failures in a row, without progress between them, are retried. */
const RETRIES = 4
const BACKOFF = { baseMs: 250, maxMs: 5_000 }

/** `work` calls `progress` when it has got further. */
export async function tryAgain<Result>(
  work: (progress: () => void) => Promise<Result>,
  { longestWaitMs, random, onWait }: Patience,
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
      onWait?.(error, waitMs)
      await sleep(waitMs, undefined, { signal })
    }
  }
}

function mayPass(error: unknown, longestWaitMs: number): error is SourceError {
  if (!(error instanceof SourceError) || error.fault === 'configuration') return false
  return (error.afterMs ?? 0) <= longestWaitMs
}
