/** A backfill's progress, stored with its source's state, page by page. */
import { rfc3339 } from '../formats/rfc3339.ts'

/** The range of the past that was asked for: [from, to) in Unix seconds. */
export interface BackfillState {
  readonly from: number
  readonly to: number
  /** How many parts are read at the same time. */
  readonly parallel: number
  /** They tile the range in whole minutes, so the outer ones may reach beyond it. In no particular order. */
  readonly parts: readonly BackfillPart[]
  /** Only these sinks get the events, bypassing the log; absent if they go into the log, for all sinks. */
  readonly sinks?: Readonly<Record<string, SinkShare>>
  /**
   * How many events of the range were read, and how many were new; with `sinks`, how many at least one of them lacked.
   */
  readonly polled: number
  readonly spooled: number
  /** Seconds of the range that could not be proven complete, and records that were quarantined. */
  readonly gaps: number
  readonly unreadable: number
  /** Minutes of which the ledger has forgotten too much to tell known events from new ones. */
  readonly unclear: number
  /** Milliseconds. */
  readonly startedAt: number
  readonly endedAt?: number
  /** It was ended early. */
  readonly cancelled?: true
}

/** Asks for the same backfill again. `from`, `to`: Unix seconds. */
export function backfillCommand(
  source: string,
  { from, to }: Pick<BackfillState, 'from' | 'to'>,
  sinks: readonly string[] = [],
): string {
  const named = sinks.map((sink) => ` --sink ${sink}`).join('')
  return `npx auditferry backfill --source ${source} --from ${rfc3339(from)} --to ${rfc3339(to)}${named}`
}

export function isUnderWay(backfill: BackfillState | undefined): backfill is BackfillState {
  return backfill !== undefined && backfill.endedAt === undefined
}

export interface BackfillPart {
  readonly from: number
  readonly to: number
  /** Seconds in [position, to) are done; the part is done when `position` is `from`. */
  readonly position: number
}

/** Whether a part is not done yet. */
export function isOpen({ from, position }: BackfillPart): boolean {
  return position > from
}

/** What became of the events that a sink lacked: queued for it, left out by its rules, or failed in them. */
export interface SinkShare {
  readonly queued: number
  readonly filtered: number
  readonly failed: number
}

type Stretches = readonly (readonly [from: number, to: number])[]

/** Stretches of event time, [from, to) in Unix seconds, that backfills for single sinks have delivered; by sink. */
type Covered = Readonly<Record<string, Stretches>>

/** What a source's state records about backfills. */
export interface SourceBackfills {
  /** The latest one, under way or ended. */
  readonly backfill?: BackfillState
  /** Stretches of event time that earlier ones have read into the log. */
  readonly read?: Stretches
  /** What those for single sinks have delivered to them. */
  readonly backfilled?: Covered
}

/**
 * Adds what an ended backfill has read for its sinks. If a second was not proven complete, or a rule failed, a sink may
 * still lack something: then none of it counts as delivered.
 */
export function coveredAfter(before: Covered | undefined, backfill: BackfillState): Covered {
  const { gaps, sinks = {} } = backfill
  const done = doneOf(backfill)
  const whole = Object.keys(sinks).filter((id) => gaps + (sinks[id]?.failed ?? 0) === 0)
  const added = whole.map((id) => [id, merged([...(before?.[id] ?? []), ...done])] as const)
  return { ...before, ...Object.fromEntries(added) }
}

/**
 * Stretches of event time, [from, to) in Unix seconds, that backfills have read into the log; ascending, not touching.
 */
export function readByBackfills({ read = [], backfill }: SourceBackfills): Stretches {
  if (backfill === undefined || backfill.sinks !== undefined) return read
  return merged([...read, ...doneOf(backfill)])
}

function doneOf({ from, to, parts }: BackfillState): Stretches {
  return parts
    .map((part) => [Math.max(from, part.position), Math.min(to, part.to)] as const)
    .filter(([first, end]) => first < end)
}

/** Ascending, not touching. */
export function merged(stretches: Stretches): [number, number][] {
  const all: [number, number][] = []
  for (const [from, to] of stretches.toSorted((left, right) => left[0] - right[0])) {
    const last = all.at(-1)
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to)
    else all.push([from, to])
  }
  return all
}
