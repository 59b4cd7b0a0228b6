import type { HttpAnswer } from '../../../src/lib/http/http.ts'
import { outcomeOfOther } from '../../../src/lib/http/outcome.ts'
import { isEmptyObject } from '../../../src/lib/json-text.ts'
import { delivered, type Outcome } from '../../../src/outcome.ts'

/** All or nothing: 202 accepts the whole request, and no answer names a single entry. */
export function judge(answer: HttpAnswer, now: number): Outcome {
  if (answer.status === 202 && isEmptyObject(answer.body)) return delivered
  return outcomeOfOther(answer, 'Datadog', now)
}
