import type { LaneState } from './lane-state.ts'
import type { HeldStretch } from './source-state.ts'
import type { Store } from './store.ts'

/** Everything before it is settled. */
export function lowWaterOf(state: LaneState | undefined, source: string): number {
  const cursor = state?.cursors[source]
  if (cursor === undefined) return 0
  return Math.min(cursor.next, ...cursor.open.map(({ ranges: [first] }) => first?.[0] ?? cursor.next))
}

/** Event time, Unix seconds, of the oldest event from an offset on, as coarsely as the stretches show; Infinity if there is none. */
export function oldestFrom(offset: number, held: readonly HeldStretch[] = []): number {
  return Math.min(...held.filter(({ end }) => end > offset).map(({ oldest }) => oldest))
}

/** The same over several sources' stored logs. */
export async function oldestStored(
  store: Pick<Store, 'loadSource'>,
  sources: readonly string[],
  from: (source: string) => number,
): Promise<number> {
  const states = await Promise.all(sources.map((source) => store.loadSource(source)))
  return Math.min(...sources.map((source, at) => oldestFrom(from(source), states[at]?.held)))
}
