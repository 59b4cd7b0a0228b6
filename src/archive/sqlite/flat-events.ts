/** Events packed into a few large pieces, to pass between threads. Pure. */

import { type FlatLines, flattenLines, lineAt } from '../../lib/flat-lines.ts'
import type { NewEvent } from '../stored-archive.ts'

export interface FlatEvents extends FlatLines {
  readonly uids: readonly string[]
  readonly timestamps: readonly number[]
}

export function flatten(events: readonly NewEvent[]): FlatEvents {
  const [uids, timestamps] = [events.map(({ uid }) => uid), events.map(({ timestamp }) => timestamp)]
  return { uids, timestamps, ...flattenLines(events.map(({ line }) => line)) }
}

/** The lines are views. */
export function unflatten(flat: FlatEvents): NewEvent[] {
  return flat.uids.map((uid, at) => ({
    uid,
    timestamp: flat.timestamps[at] as number,
    line: lineAt(flat, at),
  }))
}
