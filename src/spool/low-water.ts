import type { HeldStretch, LaneState } from './store.ts'

/** Everything before it is settled. */
export function lowWaterOf(state: LaneState | undefined, source: string): number {
  const cursor = state?.cursors[source]
  if (cursor === undefined) return 0
  return Math.min(cursor.next, ...cursor.open.map(({ ranges: [first] }) => first?.[0] ?? cursor.next))
}

/** Event time, Unix seconds, of the oldest event from an offset on, as coarsely as the stretches tell; Infinity if there is none. */
export function oldestFrom(offset: number, held: readonly HeldStretch[] = []): number {
  return Math.min(...held.filter(({ end }) => end > offset).map(({ oldest }) => oldest))
}
