/** What a store keeps for a source besides its log and its ledger. */
import type { SourceBackfills } from './backfill-state.ts'

/** By name: `organization`, and the other options that decide which log it is. Never a secret. */
export type Origin = Readonly<Record<string, string>>

export interface SourceState extends SourceBackfills {
  /** What it was read from; absent in a state that an older version wrote. */
  readonly origin?: Origin
  /** The second before which the ledger may also hold events of another origin; absent if it holds none. */
  readonly mixedBefore?: number
  /**
   * State and ledger were lost. Unix seconds: the latest time at which that can have happened, and where reading
   * resumed.
   */
  readonly recovered?: { readonly at: number; readonly from: number }
  /** Everything before this second has been read completely and spooled; undefined before the first walk ended. */
  readonly checkpoint?: number
  /** Earliest second wanted, fixed at the first poll. */
  readonly start?: number
  /** A poll's walk that has not reached its end yet. */
  readonly walk?: WalkState
  /** The API variant that was chosen (`v1`, `v2`). */
  readonly variant?: string
  /** By retrospection horizon (milliseconds, as key): up to which second events have been read again. */
  readonly retrospected: Readonly<Record<string, number>>
  /** The old window that is being read again, if reading it was interrupted. */
  readonly retrospecting?: BrokenWindow
  readonly polled: number
  readonly spooled: number
  readonly late: number
  readonly requests: number
  /** When the request budget will be full again, milliseconds: kept across restarts, and shared by processes. */
  readonly budgetFullAt?: number
  /** What the log still held at the last append: approximate, in the log's order. */
  readonly held?: readonly HeldStretch[]
  /** Count and digest of everything ever spooled: the sum of the ledger's minutes. */
  readonly total?: { readonly events: number; readonly digest: string }
  readonly gaps: readonly Gap[]
  readonly unknownActions: Readonly<Record<string, number>>
  /** Timestamp of the newest spooled event, Unix seconds. */
  readonly newest?: number
  /** Milliseconds. */
  readonly lastPoll?: number
  readonly lastSuccess?: number
}

export const freshSource: SourceState = {
  retrospected: {},
  polled: 0,
  spooled: 0,
  late: 0,
  requests: 0,
  gaps: [],
  unknownActions: {},
}

export interface WalkState {
  /** Seconds in [position, top] have been read completely. */
  readonly position: number
  /** How far it must reach: the oldest second wanted. */
  readonly end: number
  /** What the checkpoint becomes when the end is reached. */
  readonly checkpoint: number
  readonly startedAt: number
}

/** A window of the log that is old enough to be read again. */
export interface DueWindow {
  /** Milliseconds, as configured; also the key in `retrospected`. */
  readonly horizonMs: number
  /** Unix seconds, [from, to). */
  readonly from: number
  readonly to: number
}

export interface BrokenWindow extends DueWindow {
  /** Seconds in [position, to) have been read again. */
  readonly position: number
}

/** A stretch of a log, starting where the previous one ends. */
export interface HeldStretch {
  /** Offset. */
  readonly end: number
  /** Event time of its oldest event, Unix seconds. */
  readonly oldest: number
}

/** A second that could not be proven complete. */
export interface Gap {
  readonly second: number
  readonly reason: string
}

/**
 * The state to continue from. One that names no origin is taken to come from what is configured. Of another origin's
 * state only what describes the log, the ledger and the counters is kept. `now`: Unix seconds.
 */
export function ofOrigin(state: SourceState, present: Origin, now: number): SourceState {
  if (state.origin === undefined) return { ...state, origin: present }
  if (originText(state.origin) === originText(present)) return state
  const { polled, spooled, late, requests, budgetFullAt, held, total, unknownActions, lastPoll } = state
  return {
    ...freshSource,
    ...{ polled, spooled, late, requests, unknownActions, origin: present },
    mixedBefore: Math.max(now, state.newest ?? 0, state.mixedBefore ?? 0) + 1,
    ...(budgetFullAt !== undefined && { budgetFullAt }),
    ...(held && { held }),
    ...(total && { total }),
    ...(lastPoll !== undefined && { lastPoll }),
  }
}

/** `organization acme, api_url https://…`; an empty value counts as absent. */
export function originText(origin: Origin = {}): string {
  return Object.keys(origin)
    .filter((name) => origin[name] !== '')
    .sort((left, right) =>
      left === 'organization' ? -1 : right === 'organization' ? 1 : left < right ? -1 : 1,
    )
    .map((name) => `${name} ${origin[name]}`)
    .join(', ')
}
