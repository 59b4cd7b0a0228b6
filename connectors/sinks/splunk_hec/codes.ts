/**
 * The codes of HEC answers and what each means for a batch. From Splunk's "Troubleshoot HTTP Event Collector"
 * (Getting Data In manual); 28 was seen on Splunk Cloud only.
 */
export type Treatment =
  /** Success. `near_capacity` asks to go slower. */
  | 'accepted'
  | 'near_capacity'
  | 'retry'
  /** The operator must act; `cure` says how. */
  | 'pause'
  /** The event at `invalid-event-number` is refused, those before it are in. */
  | 'bad_event'
  /** The same, but the index is to blame, not the event. */
  | 'bad_index'
  /** The whole request is refused for good. */
  | 'reject'

export interface Code {
  readonly meaning: string
  readonly treatment: Treatment
  readonly cure?: string
}

const CHECK_TOKEN = 'check `token` and that it is enabled in Splunk'
const TURN_ON = 'the token demands acknowledgement: set `acknowledgements: true`'

export const codes: Readonly<Record<number, Code>> = {
  0: { meaning: 'success', treatment: 'accepted' },
  1: { meaning: 'token disabled', treatment: 'pause', cure: CHECK_TOKEN },
  2: { meaning: 'token required', treatment: 'pause', cure: 'a proxy may drop the Authorization header' },
  3: { meaning: 'invalid authorization', treatment: 'pause', cure: CHECK_TOKEN },
  4: { meaning: 'invalid token', treatment: 'pause', cure: CHECK_TOKEN },
  5: { meaning: 'no data', treatment: 'reject' },
  6: { meaning: 'invalid data format', treatment: 'bad_event' },
  7: {
    meaning: 'incorrect index',
    treatment: 'bad_index',
    cure: 'create the index of `index`, or allow it for the token',
  },
  8: { meaning: 'internal server error', treatment: 'retry' },
  9: { meaning: 'server is busy', treatment: 'retry' },
  10: { meaning: 'data channel is missing', treatment: 'pause', cure: TURN_ON },
  11: { meaning: 'invalid data channel', treatment: 'pause', cure: 'a proxy may change request headers' },
  12: { meaning: 'event field is required', treatment: 'bad_event' },
  13: { meaning: 'event field cannot be blank', treatment: 'bad_event' },
  14: {
    meaning: 'acknowledgement is disabled',
    treatment: 'pause',
    cure: 'enable indexer acknowledgement for the token, or set `acknowledgements: false`',
  },
  15: { meaning: 'error in handling indexed fields', treatment: 'bad_event' },
  16: {
    meaning: 'query string authorization is not enabled',
    treatment: 'pause',
    cure: 'remove the query from `endpoint`',
  },
  17: {
    meaning: 'HEC is healthy',
    treatment: 'pause',
    cure: '`endpoint` is the health check; end it in /services/collector/event',
  },
  18: { meaning: 'queues are full', treatment: 'retry' },
  19: { meaning: 'acknowledgement service is unavailable', treatment: 'retry' },
  20: { meaning: 'queues are full, acknowledgement service is unavailable', treatment: 'retry' },
  21: { meaning: 'invalid token', treatment: 'pause', cure: CHECK_TOKEN },
  22: { meaning: 'token disabled', treatment: 'pause', cure: CHECK_TOKEN },
  23: { meaning: 'server is shutting down', treatment: 'retry' },
  24: { meaning: 'queues near capacity', treatment: 'near_capacity' },
  25: { meaning: 'acknowledgement channels near capacity', treatment: 'near_capacity' },
  26: { meaning: 'queues at capacity', treatment: 'retry' },
  27: { meaning: 'acknowledgement channels at capacity', treatment: 'retry' },
  28: { meaning: 'data channel is missing', treatment: 'pause', cure: TURN_ON },
}
