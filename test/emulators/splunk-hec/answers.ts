/** HEC's answers, code by code. Independent of the sink's own table, so that the two check each other. */
import type { Fault } from '../../conformance/sink-harness.ts'

export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** Text is sent as HTML, an object as JSON. */
  readonly body: string | object
}

export const texts: Readonly<Record<number, readonly [status: number, text: string]>> = {
  0: [200, 'Success'],
  1: [403, 'Token disabled'],
  2: [401, 'Token is required'],
  3: [401, 'Invalid authorization'],
  4: [403, 'Invalid token'],
  5: [400, 'No data'],
  6: [400, 'Invalid data format'],
  7: [400, 'Incorrect index'],
  8: [500, 'Internal server error'],
  9: [503, 'Server is busy'],
  10: [400, 'Data channel is missing'],
  11: [400, 'Invalid data channel'],
  12: [400, 'Event field is required'],
  13: [400, 'Event field cannot be blank'],
  14: [400, 'ACK is disabled'],
  15: [400, 'Error in handling indexed fields'],
  16: [400, 'Query string authorization is not enabled'],
  17: [200, 'HEC is healthy'],
  18: [503, 'HEC is unhealthy, queues are full'],
  19: [503, 'HEC is unhealthy, ack service unavailable'],
  20: [503, 'HEC is unhealthy, queues are full, ack service unavailable'],
  21: [400, 'Invalid token'],
  22: [400, 'Token disabled'],
  23: [503, 'Server is shutting down'],
  24: [200, 'HEC queues near capacity'],
  25: [200, 'HEC ACK near capacity'],
  26: [429, 'HEC queues at capacity'],
  27: [429, 'HEC ACK channels at capacity'],
  28: [400, 'Data channel is missing'],
}

/** The answer with this code; `bad` is the number of the first bad event. */
export function answerOf(code: number, bad?: number): Answer {
  const [status, text] = texts[code] ?? [500, 'Unknown']
  return { status, body: { text, code, ...(bad !== undefined && { 'invalid-event-number': bad }) } }
}

export const oversized: Answer = {
  status: 413,
  body: '<!doctype html><title>413</title><h1>Content-Length of request is too large</h1>',
}

/** A status set by a test, with the body that Splunk would send with it. */
export function withStatus(fault: Extract<Fault, { status: number }>): Answer {
  const usual = fault.body ?? USUAL[fault.status]?.body ?? ''
  return { status: fault.status, body: usual, ...(fault.headers && { headers: fault.headers }) }
}

const USUAL: Readonly<Record<number, Answer>> = {
  200: answerOf(0),
  400: answerOf(6, 0),
  401: answerOf(3),
  403: answerOf(4),
  413: oversized,
  429: answerOf(26),
  500: answerOf(8),
  503: answerOf(9),
}
