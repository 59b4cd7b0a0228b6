/** What a sink's folder provides for the conformance suite: a receiver that can misbehave. */

export interface SinkHarness {
  /** The folder's name. */
  readonly type: string
  /** The receiver recognises a repeated batch and keeps one copy. */
  readonly keepsOneCopy?: boolean
  start(): Promise<Receiver>
}

export interface Receiver {
  /** YAML options of the sink (own and common ones) that reach this receiver. */
  readonly options: Record<string, unknown>
  /** A text that must never appear in logs, errors or descriptions; it is part of `options`. */
  readonly secret?: string
  /** Uids that the receiver holds durably, in order of arrival, duplicates included. */
  received(): Promise<string[]>
  /**
   * What can fail, if it isn't HTTP. `connection`: the protocol has no answers, so only connections fail, by reset and
   * hang. `codes`: it has codes of its own that stand for the statuses, and nothing like Retry-After.
   */
  readonly faults?: 'connection' | 'codes'
  /** Answers the next `times` requests this way. Absent if the sink talks to no server. */
  fail?(fault: Fault, times: number): void
  /** Answers each request that carries this event with `status`. */
  refuse?(uid: string, status: number): void
  stop(): Promise<void>
}

export type Fault =
  /** Answers with this status and its usual body. */
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string }
  /** Resets the connection while the answer's body is sent. */
  | { readonly reset: true }
  /** Does not answer until the connection is closed. */
  | { readonly hang: true }
