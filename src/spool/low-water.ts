import type { Cursor, LaneState } from './lane-state.ts'
import type { HeldStretch } from './source-state.ts'
import type { Store } from './store.ts'

/** Everything before this offset is settled. */
export function lowWaterOf(state: LaneState | undefined, source: string): number {
  const cursor = state?.cursors[source]
  if (cursor === undefined) return 0
  return Math.min(cursor.next, ...cursor.open.map(({ ranges: [first] }) => first?.[0] ?? cursor.next))
}

/** How many events of [start, end) of a log the cursor lacks. */
export function undelivered({ next, open }: Cursor, start: number, end: number): number {
  const ranges = [...open.flatMap((extent) => extent.ranges), [next, end] as const]
  return ranges.reduce((sum, [from, to]) => sum + Math.max(0, to - Math.max(from, start)), 0)
}

/**
 * Event time, Unix seconds, of the oldest event at or after an offset, as precisely as the stretches tell; Infinity if
 * there is none.
 */
export function oldestFrom(offset: number, held: readonly HeldStretch[] = []): number {
  return Math.min(...held.filter(({ end }) => end > offset).map(({ oldest }) => oldest))
}

/** The same over the stored logs of several sources. */
export async function oldestStored(
  store: Pick<Store, 'loadSource'>,
  sources: readonly string[],
  from: (source: string) => number,
): Promise<number> {
  const states = await Promise.all(sources.map((source) => store.loadSource(source)))
  return Math.min(...sources.map((source, at) => oldestFrom(from(source), states[at]?.held)))
}
