/** Where a walk down the log ends. */
import type { SourceConfig } from '../config/config.ts'
import type { SourceState } from '../spool/source-state.ts'
import type { Store } from '../spool/store.ts'

/** The oldest second that a fresh walk wants, when the checkpoint will become `checkpoint`. */
export function startOf(state: SourceState, config: SourceConfig, checkpoint: number): number {
  if (state.checkpoint !== undefined && state.start !== undefined) {
    return Math.max(state.start, state.checkpoint - Math.ceil(config.overlapMs / 1000))
  }
  if (state.start !== undefined) return state.start
  const { start } = config
  if (start.kind === 'beginning') return 0
  if (start.kind === 'at') return start.second
  return start.kind === 'now' ? checkpoint : checkpoint - Math.ceil(start.ms / 1000)
}

/**
 * The same for a source that may never have been read to its end: where it began is then known only by our clock,
 * which may have been ahead. `skew`: the server's clock minus ours, seconds.
 */
export function firstStartOf(
  state: SourceState,
  config: SourceConfig,
  checkpoint: number,
  skew: number,
): number {
  const { start, ...unread } = state
  if (start === undefined || state.checkpoint !== undefined)
    return start ?? startOf(state, config, checkpoint)
  const isByClock = config.start.kind === 'now' || config.start.kind === 'ago'
  const began = isByClock ? start + Math.floor(Math.min(0, skew)) : start
  return Math.min(began, startOf(unread, config, checkpoint))
}

/** A lower bound that lets the answer show a known record older than the end, if there is one. */
export async function lowerBound(
  store: Pick<Store, 'ledgerMinuteBefore'>,
  source: string,
  end: number,
): Promise<number> {
  const minute = await store.ledgerMinuteBefore(source, Math.floor(end / 60))
  return Math.max(0, (minute === undefined ? end : minute * 60) - 1)
}
