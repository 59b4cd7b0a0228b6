/** What a sink's folder provides so that the conformance suite can drive it: a receiver that can misbehave. */

export interface SinkHarness {
  /** The folder's name. */
  readonly type: string
  /** The receiver recognises a batch that comes again: one copy stays. */
  readonly keepsOneCopy?: boolean
  start(): Promise<Receiver>
}

export interface Receiver {
  /** YAML options of the sink (own and common ones) that reach this receiver. */
  readonly options: Record<string, unknown>
  /** A text that must never appear in logs, errors or descriptions; part of `options`. */
  readonly secret?: string
  /** Uids that the receiver holds durably, in order of arrival, duplicates included. */
  received(): Promise<string[]>
  /**
   * What can fail, where it isn't HTTP. `connection`: the protocol has no answers, so that only connections fail, by
   * reset and hang. `codes`: it has codes of its own that stand for the statuses, and nothing like Retry-After.
   */
  readonly faults?: 'connection' | 'codes'
  /** Answers the next `times` requests so. Absent where the sink speaks to no server. */
  fail?(fault: Fault, times: number): void
  /** Answers each request that carries this event with `status`. */
  refuse?(uid: string, status: number): void
  stop(): Promise<void>
}

export type Fault =
  /** This status with an ordinary body for it. */
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string }
  /** The connection is reset while the answer's body is sent. */
  | { readonly reset: true }
  /** No answer until the connection is closed. */
  | { readonly hang: true }
