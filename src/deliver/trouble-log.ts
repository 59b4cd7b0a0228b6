/**
 * Logs when writes to a sink begin to fail, when for another reason, and when they succeed again. A sink that keeps
 * failing and recovering for one reason is logged once a minute: otherwise it would fill the log's disk.
 */
import type { Logger } from '../lib/logger.ts'
import type { Outcome } from '../outcome.ts'

interface TroubleLog {
  failed(failure: {
    readonly kind: Extract<Outcome['kind'], 'retry' | 'pause'>
    readonly reason: string
  }): void
  succeeded(): void
}

const QUIET_MS = 60_000

/** `now`: milliseconds, for what lasts and no time of day. */
export function createTroubleLog(logger: Logger, now: () => number): TroubleLog {
  let last: { readonly reason: string; readonly at: number } | undefined
  /** The log's last word is that writes fail. */
  let isOpen = false

  return {
    failed({ kind, reason }) {
      const isQuiet = isOpen || (kind === 'retry' && last !== undefined && now() - last.at < QUIET_MS)
      if (last?.reason === reason && isQuiet) return
      last = { reason, at: now() }
      isOpen = true
      if (kind === 'pause') logger.error('sink paused: an operator must act', { reason })
      else logger.warn('sink retries', { reason })
    },
    succeeded() {
      if (isOpen) logger.info('writes succeed again')
      isOpen = false
    },
  }
}
