/**
 * What became of one event of a written batch. There are five cases, each a row in the table of ARCHITECTURE.md: the
 * sink says what it saw, and the engine decides what follows.
 */
export type Outcome =
  /** The receiver answered what its documentation calls success for this event. */
  | { readonly kind: 'delivered' }
  /** May succeed later without a change: network, 408, 425, 429, 5xx. `afterMs` carries a Retry-After. */
  | { readonly kind: 'retry'; readonly reason: string; readonly afterMs?: number }
  /** An operator must act: 401, 403, 404, 405, 410, 3xx, TLS. The lane pauses; nothing is dropped. */
  | { readonly kind: 'pause'; readonly reason: string }
  /** The request was too large, or one event spoils it and the sink can't tell which: halve it and write again. */
  | { readonly kind: 'split'; readonly reason: string; readonly answer?: string }
  /** This particular event is refused for good: it becomes a dead letter, with the answer's (redacted) text. */
  | { readonly kind: 'rejected'; readonly reason: string; readonly answer?: string }

export const delivered: Outcome = { kind: 'delivered' }

/** The same outcome for each of `count` events. */
export function every(count: number, outcome: Outcome): Outcome[] {
  return new Array<Outcome>(count).fill(outcome)
}
