/**
 * Indexer acknowledgement. A 200 only says that the input took the events; whether they are indexed is asked
 * afterwards, by channel and ackId. Each batch has a channel of its own: ackIds count per channel from 0, so
 * an id can't be taken for that of another batch, nor for one given out before an indexer restarted.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { messageOf } from '../../../src/errors.ts'
import type { HttpAnswer } from '../../../src/lib/http/http.ts'
import { needsPerson } from '../../../src/lib/http/outcome.ts'
import { steadyClock } from '../../../src/lib/steady.ts'
import { delivered, type Outcome } from '../../../src/outcome.ts'
import { describe, readAck } from './answer.ts'
import { judge } from './verdict.ts'

interface AckWait {
  readonly ackId: number
  /** Asks once. */
  readonly ask: () => Promise<HttpAnswer>
  readonly pollEveryMs: number
  readonly timeoutMs: number
  readonly now: () => number
  readonly signal: AbortSignal
}

/**
 * Asks until the batch is acknowledged (delivered), until a person is needed (pause), or until time is up
 * (retry: the batch is sent again). Only `true` for this very id counts as acknowledged; a server may say so only
 * once, so the first one ends the wait.
 */
export async function awaitAcknowledgement(wait: AckWait): Promise<Outcome> {
  const now = steadyClock(wait.now)
  const deadline = now() + wait.timeoutMs
  let pauseMs = Math.min(FIRST_POLL_MS, wait.pollEveryMs)
  let last = 'none'
  for (let leftMs = wait.timeoutMs; leftMs > 0; leftMs = deadline - now()) {
    await sleep(Math.min(pauseMs, leftMs), undefined, { signal: wait.signal }).catch(() => undefined)
    if (wait.signal.aborted) break
    pauseMs = Math.min(pauseMs * 2, wait.pollEveryMs)
    const outcome = await ask(wait)
    if (outcome.kind === 'delivered' || outcome.kind === 'pause') return outcome
    last = outcome.reason
  }
  const why = wait.signal.aborted ? 'stopped before' : 'timed out waiting for'
  return { kind: 'retry', reason: `${why} the indexer acknowledgement; last answer: ${last}` }
}

/** `delivered`, `pause`, or anything else for "ask again". */
export function outcomeOfAck(answer: HttpAnswer, ackId: number, now: number): Outcome {
  const acknowledged = readAck(answer, ackId)
  if (acknowledged === true) return delivered
  // `false` is also what a server says about an id that it doesn't know.
  if (acknowledged === false) return { kind: 'retry', reason: 'not indexed yet' }
  const [outcome] = judge(answer, { events: 1, bytes: 0 }, now).outcomes
  return outcome?.kind === 'pause'
    ? { kind: 'pause', reason: `indexer acknowledgement: ${outcome.reason}` }
    : { kind: 'retry', reason: describe(answer) }
}

const FIRST_POLL_MS = 1_000

async function ask(wait: AckWait): Promise<Outcome> {
  try {
    return outcomeOfAck(await wait.ask(), wait.ackId, wait.now())
  } catch (error) {
    return { kind: needsPerson(error) ? 'pause' : 'retry', reason: messageOf(error) }
  }
}
