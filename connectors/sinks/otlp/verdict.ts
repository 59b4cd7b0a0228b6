import type { HttpAnswer } from '../../../src/lib/http/http.ts'
import { answerInWords, excerptOf, outcomeOfStatus, withCure } from '../../../src/lib/http/outcome.ts'
import { delivered, type Outcome } from '../../../src/outcome.ts'
import { readResponse } from './answer.ts'

interface Verdict {
  readonly outcome: Outcome
  /** What the receiver says along with its success. */
  readonly warning?: string
}

/**
 * A partial success counts the refused records and names none. They are lost at the receiver, so each must be found by
 * halving, which sends its neighbours once more.
 */
export function judge(answer: HttpAnswer, sent: number, now: number): Verdict {
  // Loki answers 204.
  if (answer.status !== 200 && !(answer.status === 204 && answer.body === '')) {
    const cure = cureOf(answer.status)
    if (answer.status === 415)
      return { outcome: withCure({ kind: 'pause', reason: answerInWords(answer) }, cure) }
    const outcome = outcomeOfStatus(answer, now)
    return { outcome: outcome.kind === 'delivered' ? unknown(answer) : withCure(outcome, cure) }
  }
  const response = readResponse(answer)
  if (response === undefined) return { outcome: unknown(answer) }
  const { rejected, message } = response
  if (rejected === 0) return { outcome: delivered, ...(message !== '' && { warning: message }) }
  const reason = `the receiver refused ${rejected} of ${sent} records${excerptOf(message)}`
  // More than were sent: the count is not about this request.
  if (rejected > sent) return { outcome: { kind: 'retry', reason } }
  return { outcome: { kind: rejected === sent ? 'rejected' : 'split', reason, answer: message } }
}

function unknown(answer: HttpAnswer): Outcome {
  return { kind: 'retry', reason: `not the answer of an OTLP receiver: ${answerInWords(answer)}` }
}

/** What an operator can do about an answer. */
export function cureOf(status: number): string {
  if (status === 401 || status === 403) return 'check `auth` and `headers`, and that the token may write logs'
  if (status === 429 || status >= 500) return 'the receiver is in trouble; events wait here until it recovers'
  if (status === 415) return 'choose the other `encoding`'
  return 'check `endpoint`: no OTLP receiver for logs answers there (port 4318; 4317 is gRPC)'
}
