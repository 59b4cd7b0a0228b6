import type { LaneState } from './store.ts'

/** Everything before it is settled. */
export function lowWaterOf(state: LaneState | undefined, source: string): number {
  const cursor = state?.cursors[source]
  if (cursor === undefined) return 0
  return Math.min(cursor.next, ...cursor.open.map(({ ranges: [first] }) => first?.[0] ?? cursor.next))
}
