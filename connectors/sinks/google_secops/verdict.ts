import { googleErrorOf, outcomeOfGoogle } from '../../../src/lib/google/answer.ts'
import type { HttpAnswer } from '../../../src/lib/http/http.ts'
import { answerInWords, cureOfBusy, withCure } from '../../../src/lib/http/outcome.ts'
import { isEmptyObject } from '../../../src/lib/json-text.ts'
import { delivered, type Outcome } from '../../../src/outcome.ts'

/**
 * All or nothing: "If successful, the response body is empty", and a refusal doesn't say which of the other entries
 * were kept.
 */
export function judge(answer: HttpAnswer, now: number): Outcome {
  const { status, body } = answer
  if (status === 200 && isEmptyObject(body)) return delivered
  const outcome = outcomeOfGoogle(answer, now)
  if (outcome.kind === 'delivered') {
    return { kind: 'retry', reason: `not Google's answer: ${answerInWords(answer)}` }
  }
  const pauses = outcome.kind === 'split' && status === 400 && isAboutRequest(body)
  return withCure(pauses ? { kind: 'pause', reason: outcome.reason } : outcome, cureOf(answer))
}

/** What an operator can do; also used by `check`. */
export function cureOf({ status }: Pick<HttpAnswer, 'status'>): string {
  return (
    CURES[status] ??
    (cureOfBusy(status) || 'check `endpoint`, `region` and the proxy: no Google SecOps answers there')
  )
}

const CURES: Readonly<Record<number, string>> = {
  400: 'check `log_type`, `customer_id`, `project`, `region` and `forwarder`',
  401: 'renew `credentials`',
  403: 'grant the service account Chronicle API Editor (roles/chronicle.editor) in `project`, and enable the Chronicle API there; with `api: legacy` take the key of the Ingestion API',
  404: 'check `customer_id`, `project`, `region`, `log_type` and `api`',
  429: 'Google limits what the instance takes; events wait here',
}

/**
 * A 400 that every event would get: it must pause the sink, or each event would become a dead letter. Google's texts
 * are not documented; one that names an event is never read this way.
 */
function isAboutRequest(body: string): boolean {
  const { message } = googleErrorOf(body)
  if (/\b(events?|logs|entries)\[|\budm\b/i.test(message)) return false
  return /\b(log[ _-]?types?|customer[ _-]?id|instance|forwarder|parent|API key)\b/i.test(message)
}
