import type { HttpAnswer } from '../../../src/lib/http/http.ts'
import { outcomeOfOther, withCure } from '../../../src/lib/http/outcome.ts'
import { isEmptyObject } from '../../../src/lib/json-text.ts'
import { delivered, type Outcome } from '../../../src/outcome.ts'

/** All or nothing: 202 accepts the whole request, and no answer names a single entry. */
export function judge(answer: HttpAnswer, now: number): Outcome {
  if (answer.status === 202 && isEmptyObject(answer.body)) return delivered
  return withCure(outcomeOfOther(answer, 'Datadog', now), cureOf(answer.status))
}

/** What an operator can do about an answer of the intake or the API. */
export function cureOf(status: number): string {
  if (status === 401 || status === 403) {
    return 'check `api_key` (an API key, not an application key) and that `site` is that of its organisation'
  }
  if (status === 429 || status >= 500) return 'Datadog is in trouble or limits this key; events wait here'
  return 'check `site`, `endpoint` and `api_endpoint`: no Datadog answers there'
}
