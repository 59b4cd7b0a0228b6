/** From the answer to a push to the outcome of its entries. */
import type { BatchEvent } from '../../../src/connector.ts'
import type { HttpAnswer } from '../../../src/lib/http/http.ts'
import { answerInWords, outcomeOfStatus } from '../../../src/lib/http/outcome.ts'
import { delivered, every, type Outcome } from '../../../src/outcome.ts'

/**
 * Only 204 is success: a tenant whose ingestion is blocked may be answered with any status, 260 by default. With 400
 * Loki keeps the good entries but doesn't name all of the bad ones, so they are found by halving; Loki recognises the
 * entries that it already has.
 */
export function judge(answer: HttpAnswer, count: number, now: number): Outcome {
  const { status, body } = answer
  if (status === 204) return delivered
  const said = answerInWords(answer)
  if (isBlocked(answer)) return { kind: 'pause', reason: `${said}: ${BLOCKED}` }
  if (status === 400) return outcomeOfRefusal(said, body, count)
  const outcome = outcomeOfStatus(answer, now)
  if (outcome.kind === 'delivered') return { kind: 'retry', reason: `not the answer of Loki: ${said}` }
  const cure = cureOf(answer)
  return { ...outcome, reason: cure === '' ? said : `${said}: ${cure}` }
}

/** What an operator can do about an answer. */
export function cureOf(answer: Pick<HttpAnswer, 'status' | 'body'>): string {
  const { status, body } = answer
  if (isBlocked(answer)) return BLOCKED
  if (status === 401 && /no org id/i.test(body)) return 'set `tenant`'
  if (status === 401 || status === 403)
    return 'correct `auth` and `tenant`; the token needs the right to write logs'
  if (status === 404 || status === 405)
    return 'check `endpoint`: the address of a push ends in /loki/api/v1/push'
  return ''
}

function isBlocked({ status, body }: Pick<HttpAnswer, 'status' | 'body'>): boolean {
  return status === 260 || /ingestion blocked/i.test(body)
}

const BLOCKED = "the ingestion of this tenant is blocked in Loki's limits: lift `block_ingestion_until`"

/** Texts of Loki's validation: pkg/validation/validate.go of grafana/loki. */
function outcomeOfRefusal(said: string, body: string, count: number): Outcome {
  const setting = SETTINGS.find(([text]) => text.test(body))
  if (setting !== undefined) return { kind: 'pause', reason: `${said}: ${setting[1]}` }
  // Its time will come; alone it holds up no other event.
  if (/has timestamp too new/.test(body) && count === 1) return { kind: 'retry', reason: said }
  return { kind: 'split', reason: said, answer: body }
}

/**
 * For entries that share an outcome: a refusal of long lines says how long one may be (`max_line_size`), which tells
 * them from those that can be pushed again at once.
 */
export function withoutLongLines(events: readonly Pick<BatchEvent, 'payload'>[], shared: Outcome): Outcome[] {
  const [, most] = (shared.kind === 'split' && /Max entry size '(\d+)'/.exec(shared.answer ?? '')) || []
  const isLong = ({ payload }: Pick<BatchEvent, 'payload'>) => payload.length > Number(most)
  if (shared.kind !== 'split' || !events.some(isLong)) return every(events.length, shared)
  const beside: Outcome = { kind: 'retry', reason: shared.reason, afterMs: 0 }
  return events.map((it) => (isLong(it) ? { ...shared, kind: 'rejected' } : beside))
}

const SETTINGS: readonly (readonly [RegExp, string])[] = [
  [
    /includes structured metadata, but this feature is disallowed/,
    'set `structured_metadata: false`, or allow it in Loki (limits_config.allow_structured_metadata)',
  ],
  [/has \d+ label names; limit|label name too long|label value too long/, 'change `labels` or `label_by`'],
]
