/** From the answer to a request to the outcome of each of its events. */
import type { HttpAnswer } from '../../../src/lib/http/http.ts'
import { outcomeOfStatus, retryAfterMs } from '../../../src/lib/http/outcome.ts'
import { delivered, every, type Outcome } from '../../../src/outcome.ts'
import { describe, readBody } from './answer.ts'
import { type Code, codes, cureOfStatus } from './codes.ts'

interface Sent {
  readonly events: number
  /** Size of the body before compression. */
  readonly bytes: number
}

interface Verdict {
  /** `delivered` means accepted by HEC; with acknowledgements that alone proves nothing. */
  readonly outcomes: readonly Outcome[]
  readonly ackId: number | undefined
  /** HEC asks to go slower. */
  readonly nearCapacity: boolean
}

/** What an answer to `POST /services/collector/event` means. */
export function judge(answer: HttpAnswer, sent: Sent, now: number): Verdict {
  const { code, ackId, invalidEvent } = readBody(answer.body)
  const known = codes[code ?? -1]
  if (known === undefined || !fits(known, answer.status)) {
    return { outcomes: every(sent.events, byStatus(answer, now)), ackId: undefined, nearCapacity: false }
  }
  return {
    outcomes: byCode(known, answer, { ...sent, invalidEvent }, now),
    ackId,
    nearCapacity: known[0] === 'near_capacity',
  }
}

/** Success must come with a success status, and a refusal of an event only where HEC puts it: in a 400. */
function fits([treatment]: Code, status: number): boolean {
  if (status === 413) return false
  if (treatment === 'accepted' || treatment === 'near_capacity') return status === 200
  return treatment === 'retry' || treatment === 'pause' || status === 400
}

/** For answers that are not HEC's: the status decides, but a success without HEC's code is none. */
function byStatus(answer: HttpAnswer, now: number): Outcome {
  const outcome = outcomeOfStatus(answer, now)
  if (outcome.kind === 'delivered')
    return { kind: 'retry', reason: `not the answer of a HEC: ${describe(answer)}` }
  if (outcome.kind !== 'pause') return outcome
  return { kind: 'pause', reason: `${outcome.reason}; ${cureOfStatus(answer.status)}` }
}

type Judged = Sent & { readonly invalidEvent: number | undefined }

function byCode([treatment, , cure]: Code, answer: HttpAnswer, sent: Judged, now: number): Outcome[] {
  const reason = describe(answer) + (cure === undefined ? '' : `: ${cure}`)
  switch (treatment) {
    case 'accepted':
    case 'near_capacity':
      return every(sent.events, delivered)
    case 'retry': {
      const afterMs = retryAfterMs(answer.headers, now)
      return every(sent.events, { kind: 'retry', reason, ...(afterMs === undefined ? {} : { afterMs }) })
    }
    case 'pause':
      return every(sent.events, { kind: 'pause', reason })
    case 'reject':
      return every(sent.events, { kind: 'rejected', reason, answer: answer.body })
    case 'bad_event':
      return aroundBadEvent(reason, answer.body, sent)
    case 'bad_index': {
      const before = knownIndex(sent) ?? 0
      return [...every(before, delivered), ...every(sent.events - before, { kind: 'pause', reason })]
    }
  }
}

/** HEC keeps what comes before a bad event and drops what comes after it (measured on Splunk 10.4). */
function aroundBadEvent(reason: string, answer: string, sent: Judged): Outcome[] {
  const bad = knownIndex(sent)
  if (bad === undefined || (bad === 0 && sent.bytes > SUSPICIOUS_BYTES)) {
    return every(sent.events, { kind: 'split', reason, answer })
  }
  const behind = `sent behind a refused event: ${reason}`
  return [
    ...every(bad, delivered),
    { kind: 'rejected', reason, answer },
    ...every(sent.events - bad - 1, { kind: 'retry', reason: behind, afterMs: 0 }),
  ]
}

/**
 * Splunk Cloud takes about 5 MiB before compression; beyond that it answers as if the first event were invalid.
 * The limit is not published, so the suspicion begins below it.
 */
const SUSPICIOUS_BYTES = 4 << 20

function knownIndex({ invalidEvent, events }: Judged): number | undefined {
  return invalidEvent !== undefined && invalidEvent < events ? invalidEvent : undefined
}
