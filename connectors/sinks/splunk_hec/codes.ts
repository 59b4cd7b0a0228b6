/**
 * The codes of HEC answers and what each means for a batch. From Splunk's "Troubleshoot HTTP Event Collector"
 * (Getting Data In manual); 28 was seen on Splunk Cloud only.
 */
type Treatment =
  /** Success. `near_capacity` asks to go slower. */
  | 'accepted'
  | 'near_capacity'
  | 'retry'
  /** The operator must act; `cure` says how. */
  | 'pause'
  /** The event at `invalid-event-number` is refused; those before it were taken. */
  | 'bad_event'
  /** The same, but the index is to blame, not the event. */
  | 'bad_index'
  /** The whole request is refused for good. */
  | 'reject'

export type Code = readonly [treatment: Treatment, meaning: string, cure?: string]

const CHECK_TOKEN = 'check `token` and that it is enabled in Splunk'
const TURN_ON = 'the token demands acknowledgement: set `acknowledgements: true`'
const TURN_OFF = 'enable indexer acknowledgement for the token, or set `acknowledgements: false`'

export const codes: Readonly<Record<number, Code>> = {
  0: ['accepted', 'success'],
  1: ['pause', 'token disabled', CHECK_TOKEN],
  2: ['pause', 'token required', 'a proxy may drop the Authorization header'],
  3: ['pause', 'invalid authorization', CHECK_TOKEN],
  4: ['pause', 'invalid token', CHECK_TOKEN],
  5: ['reject', 'no data'],
  6: ['bad_event', 'invalid data format'],
  7: ['bad_index', 'incorrect index', 'create the index of `index`, or allow it for the token'],
  8: ['retry', 'internal server error'],
  9: ['retry', 'server is busy'],
  10: ['pause', 'data channel is missing', TURN_ON],
  11: ['pause', 'invalid data channel', 'a proxy may change request headers'],
  12: ['bad_event', 'event field is required'],
  13: ['bad_event', 'event field cannot be blank'],
  14: ['pause', 'acknowledgement is disabled', TURN_OFF],
  15: ['bad_event', 'error in handling indexed fields'],
  16: ['pause', 'query string authorization is not enabled', 'remove the query from `endpoint`'],
  17: ['pause', 'HEC is healthy', '`endpoint` is the health check; end it in /services/collector/event'],
  18: ['retry', 'queues are full'],
  19: ['retry', 'acknowledgement service is unavailable'],
  20: ['retry', 'queues are full, acknowledgement service is unavailable'],
  21: ['pause', 'invalid token', CHECK_TOKEN],
  22: ['pause', 'token disabled', CHECK_TOKEN],
  23: ['retry', 'server is shutting down'],
  24: ['near_capacity', 'queues near capacity'],
  25: ['near_capacity', 'acknowledgement channels near capacity'],
  26: ['retry', 'queues at capacity'],
  27: ['retry', 'acknowledgement channels at capacity'],
  28: ['pause', 'data channel is missing', TURN_ON],
}

/** What to do about an answer without a code that does not pass by itself. */
export function cureOfStatus(status: number): string {
  if (status === 401 || status === 403) return CHECK_TOKEN
  return 'check `endpoint`: no HEC there (8088; in the cloud http-inputs-<stack>:443)'
}

/** Codes that are no failure: success, health, and health near capacity. */
export const HEALTHY: ReadonlySet<number> = new Set([0, 17, 24, 25])
