/** Errors of Google's APIs, which have a name beside the HTTP status: https://cloud.google.com/apis/design/errors#http_mapping */
import { messageOf } from '../../errors.ts'
import type { Outcome } from '../../outcome.ts'
import type { HttpAnswer } from '../http/http.ts'
import { answerInWords, carriesCure, outcomeOfStatus } from '../http/outcome.ts'
import { connectionCure } from '../http/poster.ts'
import { isObject, parseObject } from '../json-text.ts'
import { NO_TOKEN } from './token.ts'

interface GoogleError {
  /** Such as `INVALID_ARGUMENT`. */
  readonly status: unknown
  readonly message: string
}

export function googleErrorOf(body: string): GoogleError {
  const error = parseObject(body)?.error
  return isObject(error)
    ? { status: error.status, message: String(error.message ?? '') }
    : { status: undefined, message: '' }
}

/** As the HTTP status has it, but for what the name tells of the request rather than of an event. */
export function outcomeOfGoogle(answer: HttpAnswer, now: number): Outcome {
  const { status } = googleErrorOf(answer.body)
  const reason = answerInWords(answer)
  if (status === 'FAILED_PRECONDITION') return { kind: 'pause', reason }
  // 409 and 499: Google's own clients repeat them.
  if (status === 'ABORTED' || status === 'CANCELLED') return { kind: 'retry', reason }
  return outcomeOfStatus(answer, now)
}

/** What an operator can do where no answer came, or no token to ask with; `option` holds the address. */
export function cureOfNoAnswer(error: unknown, option?: string): string {
  if (carriesCure(error)) return 'set `credentials` as the message says'
  return connectionCure(error, messageOf(error).startsWith(NO_TOKEN) ? 'credentials.token_uri' : option)
}
