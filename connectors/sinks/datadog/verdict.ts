import type { HttpAnswer } from '../../../src/lib/http/http.ts'
import { outcomeOfOther } from '../../../src/lib/http/outcome.ts'
import { delivered, type Outcome } from '../../../src/outcome.ts'

/** All or nothing: 202 takes the request, and no answer names an entry. */
export function judge(answer: HttpAnswer, now: number): Outcome {
  if (answer.status === 202 && isEmptyObject(answer.body)) return delivered
  return outcomeOfOther(answer, 'Datadog', now)
}

/** `{}`; blanks, or nothing at all, are no other promise. */
function isEmptyObject(body: string): boolean {
  return ['', '{}'].includes(body.replaceAll(/\s/g, ''))
}
