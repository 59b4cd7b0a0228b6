/** What a failed poll means for its source: the state that is shown, and when to ask again. */
import { messageOf, SourceError } from '../errors.ts'
import { printable } from '../lib/printable.ts'
import { SpoolFull } from '../spool/room.ts'
import type { SourceHealth } from './poll-loop.ts'

/** A source with a configuration error is tried again this often, or every `poll_every` if that is longer. */
const PAUSED_RETRY_MS = 10_000
const SPOOL_RETRY_MS = 1_000

/** The state of a source, and whether it waits for its sinks rather than they for it. */
export interface Standing extends SourceHealth {
  readonly waitsForSinks?: true
}

/** Without `afterMs` the back-off decides. */
export function classify(error: unknown, pollEveryMs: number): Standing & { readonly afterMs?: number } {
  // The message may quote the server.
  const reason = printable(messageOf(error))
  if (error instanceof SpoolFull) {
    return { state: 'throttled', reason, waitsForSinks: true, afterMs: SPOOL_RETRY_MS }
  }
  if (!(error instanceof SourceError)) return { state: 'stuck', reason }
  if (error.fault === 'configuration') {
    return { state: 'paused', reason, afterMs: error.afterMs ?? Math.max(pollEveryMs, PAUSED_RETRY_MS) }
  }
  const state = error.status === 429 ? 'throttled' : 'stuck'
  return error.afterMs === undefined ? { state, reason } : { state, reason, afterMs: error.afterMs }
}
