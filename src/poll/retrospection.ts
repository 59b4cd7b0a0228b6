/** Which old window is due to be read again: late records that the overlap missed are looked for once more. */
import type { BrokenWindow, DueWindow, SourceState } from '../spool/source-state.ts'

/** A window is due when it has grown this long: about one request each, few compared with those of the polls. */
const LONGEST_STEP_S = 6 * 3_600

/** Seconds older than `horizon` that have not been read since they reached that age. */
export function dueWindows(state: SourceState, horizonsMs: readonly number[]): DueWindow[] {
  const { checkpoint } = state
  if (checkpoint === undefined) return []
  return horizonsMs.flatMap((horizonMs) => {
    const horizon = Math.floor(horizonMs / 1000)
    const from = state.retrospected[horizonMs] ?? checkpoint
    const to = checkpoint - horizon
    return to - from >= Math.min(horizon, LONGEST_STEP_S) ? [{ horizonMs, from, to }] : []
  })
}

/**
 * How far each horizon has come when a walk ends. What a first walk reads long after it happened needs no second
 * look at the same age. A horizon that is new to a known source begins at its checkpoint: further back the ledger may
 * have forgotten the uids, and every event would seem new.
 */
export function retrospectedAfter(
  state: SourceState,
  checkpoint: number,
  horizonsMs: readonly number[],
): Record<string, number> {
  const first = (ms: number) => Math.max(state.start ?? 0, checkpoint - Math.floor(ms / 1000))
  return Object.fromEntries(
    horizonsMs.map((ms) => [ms, state.retrospected[ms] ?? state.checkpoint ?? first(ms)]),
  )
}

/** The oldest second that a window still to come will read. */
export function oldestToRetrospect(state: SourceState, horizonsMs: readonly number[]): number {
  return Math.min(...horizonsMs.map((ms) => state.retrospected[ms] ?? Infinity))
}

/** What is to be read next: the window that gave way to a poll, else the first that is due. */
export function nextWindow(state: SourceState, horizonsMs: readonly number[]): BrokenWindow | undefined {
  const { retrospecting: broken, retrospected } = state
  const goesOn =
    broken !== undefined &&
    horizonsMs.includes(broken.horizonMs) &&
    retrospected[broken.horizonMs] === broken.from
  if (goesOn) return broken
  const [due] = dueWindows(state, horizonsMs)
  return due && { ...due, position: Number.POSITIVE_INFINITY }
}

/** A window was read to its end. */
export function retrospectedTo(state: SourceState, { horizonMs, to }: DueWindow): SourceState {
  const { retrospecting: _, ...rest } = state
  return { ...rest, retrospected: { ...state.retrospected, [horizonMs]: to } }
}
