/** Reads what a collector answered; `verdict.ts` says what it means for the events. */
import type { HttpAnswer } from '../../../src/lib/http/http.ts'
import { answerInWords } from '../../../src/lib/http/outcome.ts'
import { isObject, parseObject } from '../../../src/lib/json-text.ts'
import { codes, HEALTHY } from './codes.ts'

/** The parts of an answer that matter; absent when missing or not a whole number from 0. */
interface AnswerBody {
  readonly code: number | undefined
  readonly ackId: number | undefined
  readonly invalidEvent: number | undefined
}

/** An answer may be HTML, empty or cut off, whatever its status: then all of its parts are absent. */
export function readBody(text: string): AnswerBody {
  const body = parseObject(text)
  const failure = failureInText(body?.code)
  // A server that writes numbers as text is not Splunk: what it says about the events before a bad one proves nothing.
  if (failure !== undefined) return { code: failure, ackId: undefined, invalidEvent: undefined }
  return {
    code: natural(body?.code),
    ackId: natural(body?.ackId),
    invalidEvent: natural(body?.['invalid-event-number']),
  }
}

/** What the ack address says about one id; undefined if it does not answer the question. */
export function readAck(answer: HttpAnswer, id: number): boolean | undefined {
  if (answer.status !== 200) return undefined
  const acks = parseObject(answer.body)?.acks
  return isObject(acks) ? acks[id] === true : undefined
}

/** For a person: `401 invalid authorization (code 3)`, or status and excerpt of an unknown answer. */
export function describe(answer: HttpAnswer): string {
  const { code = -1 } = readBody(answer.body)
  const [, meaning] = codes[code] ?? []
  return meaning === undefined ? answerInWords(answer) : `${answer.status} ${meaning} (code ${code})`
}

/**
 * A receiver, or a gateway in front of one, may write `"7"`. For success, and to condemn a whole batch, only Splunk's own
 * number counts.
 */
function failureInText(value: unknown): number | undefined {
  const code = typeof value === 'string' && /^[1-9]\d?$/.test(value) ? Number(value) : 0
  return HEALTHY.has(code) || codes[code]?.[0] === 'reject' ? undefined : code
}

function natural(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined
}
