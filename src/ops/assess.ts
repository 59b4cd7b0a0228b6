/** Status documents from what the stages know: pure, so that a running engine and a stored state read alike. */
import type { SinkConfig, SourceConfig } from '../config/config.ts'
import { counted } from '../lib/counted.ts'
import type { SourceHealth } from '../poll/poll-loop.ts'
import { isOpen, isUnderWay } from '../spool/backfill-state.ts'
import type { LaneState } from '../spool/lane-state.ts'
import type { SourceState } from '../spool/source-state.ts'
import type { LogBounds } from '../spool/store.ts'
import {
  COMPONENT_STATES,
  type ComponentState,
  type HeldForLeft,
  type SinkStatus,
  type SourceStatus,
  type Status,
} from './status.ts'

interface SourceFacts {
  readonly config: SourceConfig
  readonly state: SourceState
  readonly quarantined: number
  readonly health: SourceHealth
  readonly pausedByOperator?: boolean
  /** Milliseconds. */
  readonly nextPoll?: number | undefined
  /** How far our clock is ahead of the source's, seconds. */
  readonly ahead?: number
}

export function sourceStatus(facts: SourceFacts, now: number): SourceStatus {
  const { config, state, quarantined, health, pausedByOperator = false, nextPoll, ahead = 0 } = facts
  const reached = state.checkpoint ?? state.start
  const isAhead = !pausedByOperator && nextPoll !== undefined && nextPoll > now
  return {
    type: config.definition.type,
    ...health,
    pausedByOperator,
    eventsPerSecond: null,
    api: state.variant ?? '',
    checkpoint: state.checkpoint ?? null,
    lagSeconds: secondsSince(reached ?? firstPollOf(state), reached === undefined ? now : now - ahead * 1000),
    lastPoll: timeText(state.lastPoll),
    lastSuccess: timeText(state.lastSuccess),
    nextPoll: timeText(isAhead ? nextPoll : undefined),
    requests: state.requests,
    events: state.spooled,
    late: state.late,
    quarantined,
    gaps: state.gaps,
    unknownActions: state.unknownActions,
    walk: walkOf(state),
  }
}

/** While the first poll is under way, nothing else shows how long its source has been waited for. */
function firstPollOf({ lastPoll }: SourceState): number | undefined {
  return lastPoll === undefined ? undefined : lastPoll / 1000
}

/** A poll's walk, else a backfill by its newest part. */
function walkOf({ walk, backfill }: SourceState): SourceStatus['walk'] {
  if (walk !== undefined) return { purpose: 'poll', position: walk.position, end: walk.end }
  if (!isUnderWay(backfill)) return null
  const open = backfill.parts.filter(isOpen)
  return { purpose: 'backfill', position: Math.max(...open.map((it) => it.position)), end: backfill.from }
}

/** Why a sink does not deliver. */
export interface Trouble {
  readonly state: ComponentState
  readonly reason: string
  /** Milliseconds. */
  readonly retryAt?: number
}

export interface SinkFacts {
  readonly config: SinkConfig
  readonly state: LaneState
  readonly logs: ReadonlyMap<string, LogBounds>
  readonly trouble: Trouble | undefined
  readonly pausedByOperator?: boolean
  /** Why work that fell due at the sink is not done; the events go on. */
  readonly overdue?: string
  /** Dead letters and events of a replay that wait to be sent again. */
  readonly again?: number
  /** Event time of the oldest event that waits, Unix seconds. */
  readonly oldest: number | undefined
}

export function sinkStatus(facts: SinkFacts, now: number): SinkStatus {
  const { config, state, logs, trouble, pausedByOperator = false, overdue, again = 0, oldest } = facts
  const counts = { delivered: 0, filtered: 0, deadLettered: 0, replayed: 0 }
  let backlogEvents = 0
  let backlogBytes = 0
  const taken = new Set(config.sources)
  for (const [source, cursor] of Object.entries(state.cursors)) {
    counts.delivered += cursor.delivered
    counts.filtered += cursor.filtered
    counts.deadLettered += cursor.deadLettered
    counts.replayed += cursor.replayed ?? 0
    const log = logs.get(source)
    if (log === undefined || !taken.has(source)) continue
    const open = cursor.open
      .flatMap((extent) => extent.ranges)
      .reduce((sum, [from, to]) => sum + to - from, 0)
    const waiting = open + Math.max(0, log.end - Math.max(cursor.next, log.start))
    backlogEvents += waiting
    const held = log.end - log.start
    backlogBytes += held === 0 ? 0 : Math.round((log.bytes / held) * waiting)
  }
  const isBehind = backlogEvents > 4 * config.batch.maxEvents
  const usual = backlogEvents + again === 0 ? 'idle' : isBehind ? 'catching_up' : 'ok'
  return {
    type: config.definition.type,
    state: trouble?.state ?? usual,
    reason: trouble?.reason ?? overdue ?? againText(again),
    pausedByOperator,
    eventsPerSecond: null,
    lagSeconds: backlogEvents === 0 ? 0 : secondsSince(oldest, now),
    backlogEvents,
    backlogBytes,
    ...counts,
    lastDelivery: timeText(state.lastDelivery),
    lastError: state.lastError ?? '',
    retryAt: timeText(trouble?.retryAt),
  }
}

function againText(events: number): string {
  return events === 0 ? '' : `${counted(events, 'event', ['waits', 'wait'])} to be sent again`
}

/** The gravest state of all components. */
export function worstState(components: Iterable<{ readonly state: ComponentState }>): ComponentState {
  let worst: ComponentState = 'idle'
  for (const { state } of components) if (gravity(state) > gravity(worst)) worst = state
  return worst
}

/** `left`: sinks that left the configuration, and until when (milliseconds) events are kept for them. */
export function spoolStatus(
  logs: ReadonlyMap<string, LogBounds>,
  limitBytes: number,
  left: readonly (Omit<HeldForLeft, 'until'> & { readonly until: number })[] = [],
): Status['spool'] {
  const all = [...logs.values()]
  const heldFor = left.map((one) => ({ ...one, until: new Date(one.until).toISOString() }))
  return {
    events: all.reduce((sum, log) => sum + log.end - log.start, 0),
    bytes: all.reduce((sum, log) => sum + log.bytes, 0),
    limitBytes,
    ...(heldFor.length > 0 && { heldFor }),
  }
}

const HARMLESS: readonly ComponentState[] = ['idle', 'ok']

function gravity(state: ComponentState): number {
  return HARMLESS.includes(state) ? HARMLESS.indexOf(state) : COMPONENT_STATES.indexOf(state)
}

function secondsSince(second: number | undefined, now: number): number {
  return second === undefined ? 0 : Math.max(0, Math.round(now / 1000 - second))
}

function timeText(ms: number | undefined): string {
  return ms === undefined ? '' : new Date(ms).toISOString()
}
