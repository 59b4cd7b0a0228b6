/**
 * The doubts about the audit API as switches: whatever a reader of its log may meet, it can be made to meet.
 * The defaults are what the documentation suggests.
 */
export interface Switches {
  /** Events an answer holds at most; `Infinity`: the whole history in one. */
  readonly pageSize: number
  /** Whether an event of the very second of the upper bound is shown. */
  readonly upperBound: 'exclusive' | 'inclusive'
  /** The same for the lower bound, which only v2 has. */
  readonly lowerBound: 'inclusive' | 'exclusive'
  /** What a continuation token is: nothing, a second, a second in base64 JSON, or an exact position. */
  readonly tokens: 'none' | 'second' | 'json' | 'position'
  /** A token that names a second goes on with that second again, or behind it (and so loses what was left of it). */
  readonly secondTokens: 'repeat' | 'skip'
  readonly tokenLifetimeMs: number
  /** How JSON names an event. The CSV always has display names. */
  readonly eventNames: 'slug' | 'display'
  /** The documented nine, the thirteen seen live, or any names in any order. */
  readonly columns: 9 | 13 | readonly string[]
  readonly csvTime: 'rfc3339' | 'unix'
  readonly lineEnd: '\n' | '\r\n'
  readonly byteOrderMark: boolean
  /** Events of one second come in another order with every request. */
  readonly shuffled: boolean
  /** Off: answers 404, as an older self-hosted server does. */
  readonly v2: boolean
  /** The export is always gzip; a proxy may have stripped the header, inflated the body, or compressed it again. */
  readonly encoding: 'gzip' | 'stripped' | 'identity' | 'twice'
  /** Off: answers 400, as to an organisation whose plan has no audit logs. */
  readonly plan: boolean
  /** What the list of event types holds: the catalogue, an older server's 404, or entries as given. */
  readonly eventTypes: 'catalogue' | 'absent' | readonly unknown[]
  readonly latencyMs: number
  /** One request of so many fails, in turn in each way of `BAD_DAY`; 0: none. */
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
