/** The document of `auditferry status --json` and `GET /api/v1/status`. Public: keys are only added. */
import type { Gap } from '../spool/source-state.ts'

export type ComponentState = 'ok' | 'idle' | 'catching_up' | 'throttled' | 'paused' | 'stuck'

export const COMPONENT_STATES: readonly ComponentState[] = [
  'ok',
  'idle',
  'catching_up',
  'throttled',
  'paused',
  'stuck',
]

export interface Status {
  readonly version: string
  /** The worst of the components' states. */
  readonly state: ComponentState
  /** RFC 3339; empty when no engine runs. */
  readonly startedAt: string
  readonly runtime: 'embedded' | 'redis'
  readonly sources: Readonly<Record<string, SourceStatus>>
  readonly sinks: Readonly<Record<string, SinkStatus>>
  readonly spool: {
    readonly events: number
    readonly bytes: number
    readonly limitBytes: number
    /** Absent if nothing is held for a sink that left. */
    readonly heldFor?: readonly HeldForLeft[]
  }
}

/** Undelivered events of a sink that is no longer in the configuration, or no longer takes from the source. */
export interface HeldForLeft {
  readonly sink: string
  readonly source: string
  readonly events: number
  /** RFC 3339. */
  readonly until: string
}

export interface ComponentStatus {
  readonly type: string
  readonly state: ComponentState
  readonly reason: string
  /** Paused until somebody resumes it, unlike a pause after a refusal, which is tried again by itself. */
  readonly pausedByOperator: boolean
  /** Over the last minute: spooled from a source, settled at a sink. Null until an engine has looked twice. */
  readonly eventsPerSecond: number | null
}

export interface SourceStatus extends ComponentStatus {
  readonly api: string
  /** Unix seconds; null before the first walk ended. */
  readonly checkpoint: number | null
  readonly lagSeconds: number
  readonly lastPoll: string
  readonly lastSuccess: string
  /** Empty while a poll is under way, while it is paused, and when no engine runs. */
  readonly nextPoll: string
  readonly requests: number
  readonly events: number
  readonly late: number
  readonly quarantined: number
  readonly gaps: readonly Gap[]
  readonly unknownActions: Readonly<Record<string, number>>
  readonly walk: { readonly purpose: string; readonly position: number; readonly end: number } | null
}

export interface SinkStatus extends ComponentStatus {
  readonly lagSeconds: number
  readonly backlogEvents: number
  readonly backlogBytes: number
  readonly delivered: number
  readonly filtered: number
  readonly deadLettered: number
  /** Sent again by `replay`; not among the three. */
  readonly replayed: number
  readonly lastDelivery: string
  readonly lastError: string
  readonly retryAt: string
}
