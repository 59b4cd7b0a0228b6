/** The document of `auditferry backfill --json` and `GET /api/v1/backfills`. Public: keys are only added. */
import { rfc3339 } from '../formats/rfc3339.ts'
import { type BackfillState, isOpen, type SinkShare } from '../spool/backfill-state.ts'

export interface BackfillStatus {
  readonly source: string
  /** RFC 3339; `to` is not part of the range. */
  readonly from: string
  readonly to: string
  readonly dryRun: boolean
  /** Events read, and those of them that were new. */
  readonly events: number
  readonly new: number
  /** Of a backfill for some sinks, by sink; then `new` are the events that one of them lacked. Empty: it is for all. */
  readonly sinks: Readonly<Record<string, SinkShare>>
  readonly gaps: number
  readonly quarantined: number
  readonly unclearMinutes: number
  /** How much of the range's time is done, 0 to 1. */
  readonly share: number
  /** The newest second that is not done; `from` at the end. */
  readonly position: string
  readonly startedAt: string
  /** Empty while it is under way. */
  readonly endedAt: string
  /** It was ended by `--cancel`: what was spooled stays. */
  readonly cancelled: boolean
  /** Why a dry run ended early; empty otherwise. */
  readonly failure: string
  /** What it waits for at this moment; empty if nothing. */
  readonly waitsFor: string
}

export function backfillStatus(
  source: string,
  it: BackfillState,
  {
    dryRun = false,
    failure = '',
    waitsFor = '',
  }: Partial<Pick<BackfillStatus, 'dryRun' | 'failure' | 'waitsFor'>> = {},
): BackfillStatus {
  const { parts } = it
  const whole = parts.reduce((sum, { from, to }) => sum + to - from, 0)
  const done = parts.reduce((sum, { to, position }) => sum + to - position, 0)
  const open = parts.filter(isOpen).map(({ position }) => position)
  return {
    source,
    from: rfc3339(it.from),
    to: rfc3339(it.to),
    dryRun,
    events: it.polled,
    new: it.spooled,
    sinks: it.sinks ?? {},
    gaps: it.gaps,
    quarantined: it.unreadable,
    unclearMinutes: it.unclear,
    share: whole === 0 ? 1 : done / whole,
    // Parts are of whole minutes, and the outer ones may reach over the range.
    position: rfc3339(Math.max(it.from, Math.min(it.to, Math.max(...open)))),
    startedAt: new Date(it.startedAt).toISOString(),
    endedAt: it.endedAt === undefined ? '' : new Date(it.endedAt).toISOString(),
    cancelled: it.cancelled === true,
    failure,
    waitsFor: it.endedAt === undefined ? waitsFor : '',
  }
}

export function findBackfill(
  all: readonly BackfillStatus[],
  { source, dryRun }: Pick<BackfillStatus, 'source' | 'dryRun'>,
): BackfillStatus | undefined {
  return all.find((it) => it.source === source && it.dryRun === dryRun)
}
