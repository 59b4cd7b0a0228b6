/** Where a lane starts: at its stored cursors, and at a first place in logs that it has not read yet. */
import type { SinkConfig } from '../config/config.ts'
import { OperationError } from '../errors.ts'
import type { Logger } from '../lib/logger.ts'
import { CURE_OF_LOG } from '../spool/codec.ts'
import { type Cursor, type Extent, freshCursor, type LaneState } from '../spool/lane-state.ts'
import type { LogBounds } from '../spool/store.ts'

/** Throws OperationError for a lane that has read more than the log holds: new events would be passed over. */
export function openLaneState(
  stored: LaneState | undefined,
  config: SinkConfig,
  log: (source: string) => LogBounds,
  logger: Logger,
): LaneState {
  const cursors: Record<string, Cursor> = {}
  for (const [source, cursor] of Object.entries(stored?.cursors ?? {})) {
    const { start, end } = log(source)
    if (config.sources.includes(source) && cursor.next > end) throw ahead(source, config.id, cursor.next, end)
    const next = config.sources.includes(source) ? Math.max(cursor.next, start) : cursor.next
    const open = extentsFrom(cursor.open, start)
    cursors[source] = { ...cursor, next, open }
    // Only a lane that was disabled or taken out of the configuration does not hold the log back.
    const events = next - cursor.next + eventsIn(cursor.open) - eventsIn(open)
    if (events > 0)
      logger.warn('events were trimmed while the sink was not in the configuration or disabled', {
        source,
        events,
      })
  }
  for (const source of config.sources) {
    const { start, end } = log(source)
    cursors[source] ??= freshCursor(config.start === 'beginning' ? start : end)
  }
  return { ...stored, cursors }
}

/** Log and cursors are stored and go back together. */
function ahead(source: string, sink: string, next: number, end: number): OperationError {
  return new OperationError(
    `the state of ${source} is damaged: ${sink} has read its log up to offset ${next}, and it ends at ${end}. ` +
      `Something else has removed a part of it. Nothing is lost at the source: ${CURE_OF_LOG}`,
  )
}

/** The parts of the extents at or above `start`. */
function extentsFrom(extents: readonly Extent[], start: number): Extent[] {
  return extents
    .map(({ ranges }) => ({
      ranges: ranges.filter(([, to]) => to > start).map(([from, to]) => [Math.max(from, start), to] as const),
    }))
    .filter(({ ranges }) => ranges.length > 0)
}

function eventsIn(extents: readonly Extent[]): number {
  return extents.flatMap(({ ranges }) => ranges).reduce((sum, [from, to]) => sum + to - from, 0)
}
