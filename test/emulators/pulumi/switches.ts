/**
 * The open questions about the audit API as switches, so that readers of its log can be tested with every answer. The
 * defaults are what the documentation suggests.
 */
export interface Switches {
  /** The most events in an answer; `Infinity` puts the whole history in one. */
  readonly pageSize: number
  /** Whether an event in the very second of the upper bound is included. */
  readonly upperBound: 'exclusive' | 'inclusive'
  /** The same for the lower bound, which only v2 has. */
  readonly lowerBound: 'inclusive' | 'exclusive'
  /** What a continuation token is: nothing, a second, a second in base64 JSON, or an exact position. */
  readonly tokens: 'none' | 'second' | 'json' | 'position'
  /** A token that names a second continues with that second again, or after it (and so loses the rest of it). */
  readonly secondTokens: 'repeat' | 'skip'
  readonly tokenLifetimeMs: number
  /** How JSON names an event type. The CSV always has display names. */
  readonly eventNames: 'slug' | 'display'
  /** The nine documented columns, the thirteen seen live, or any names in any order. */
  readonly columns: 9 | 13 | readonly string[]
  readonly csvTime: 'rfc3339' | 'unix'
  readonly lineEnd: '\n' | '\r\n'
  readonly byteOrderMark: boolean
  /** Each request gets the events of one second in another order. */
  readonly shuffled: boolean
  /** When off, answers 404, as older self-hosted servers do. */
  readonly v2: boolean
  /** The export is always gzip; a proxy may have stripped the header, inflated the body, or compressed it again. */
  readonly encoding: 'gzip' | 'stripped' | 'identity' | 'twice'
  /** When off, answers 400, as for an organisation whose plan has no audit logs. */
  readonly plan: boolean
  /** What the list of event types answers: the catalogue, the 404 of an older server, or entries as given. */
  readonly eventTypes: 'catalogue' | 'absent' | readonly unknown[]
  readonly latencyMs: number
  /** One request in this many fails, each time in the next way of `BAD_DAY`; 0: none. */
  readonly failEvery: number
  /** How far the `Date` header is off. */
  readonly clockOffsetMs: number
}

export const defaultSwitches: Switches = {
  pageSize: Number.POSITIVE_INFINITY,
  upperBound: 'exclusive',
  lowerBound: 'inclusive',
  tokens: 'position',
  secondTokens: 'repeat',
  tokenLifetimeMs: Number.POSITIVE_INFINITY,
  eventNames: 'slug',
  columns: 13,
  csvTime: 'rfc3339',
  lineEnd: '\n',
  byteOrderMark: false,
  shuffled: false,
  v2: true,
  encoding: 'gzip',
  plan: true,
  eventTypes: 'catalogue',
  latencyMs: 0,
  failEvery: 0,
  clockOffsetMs: 0,
}
