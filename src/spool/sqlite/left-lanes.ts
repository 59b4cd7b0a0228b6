/** Lanes of sinks that are no longer in the configuration, in the embedded store. */
import type { DatabaseSync } from 'node:sqlite'
import type { LaneState } from '../lane-state.ts'
import { LEFT_LANES_HOLD_MS, type LeftLane } from '../left-lane.ts'
import { lowWaterOf } from '../low-water.ts'
import type { LogBounds } from '../store.ts'

/** `place`: everything before it is settled. */
type PlacedLane = LeftLane & { readonly place: number }

interface LeftLanes {
  /** The lanes recorded for a source's log, and since when; `key` is the source's. */
  noted(key: number): LeftLane[]
  /** Records which lanes are missing from the configuration now, and answers them. Inside a transaction. */
  look(
    source: { readonly id: string; readonly key: number },
    log: Pick<LogBounds, 'start' | 'end'>,
    /** The sinks in the configuration. */
    sinks: readonly string[],
  ): PlacedLane[]
}

export function createLeftLanes(db: DatabaseSync): LeftLanes {
  const list = db.prepare('SELECT sink, log_end AS end, since FROM left_lanes WHERE source = ? ORDER BY sink')
  const note = db.prepare('INSERT INTO left_lanes (source, sink, log_end, since) VALUES (?, ?, ?, ?)')
  const forget = db.prepare('DELETE FROM left_lanes WHERE source = ? AND sink = ?')
  // With many sources a lane's state is long, and this runs at each trim, so lanes in the configuration are not read.
  const lanes = db.prepare('SELECT sink, state FROM lanes WHERE sink NOT IN (SELECT value FROM json_each(?))')

  const noted = (key: number): LeftLane[] =>
    (list.all(key) as { sink: string; end: number; since: number }[]).map(({ sink, end, since }) => ({
      ...{ sink, end },
      until: since + LEFT_LANES_HOLD_MS,
    }))

  return {
    noted,
    look({ id, key }, { start, end }, sinks) {
      const places = new Map<string, number>()
      const left = lanes.iterate(JSON.stringify(sinks)) as Iterable<{ sink: string; state: string }>
      for (const { sink, state } of left) {
        const lane = JSON.parse(state) as LaneState
        const place = lowWaterOf(lane, id)
        // A lane behind the log's start was let go before.
        if (lane.cursors[id] !== undefined && place >= start) places.set(sink, place)
      }
      const known = noted(key)
      for (const { sink } of known) if (!places.has(sink)) forget.run(key, sink)
      const now = Date.now()
      const fresh = [...places.keys()].filter((sink) => !known.some((one) => one.sink === sink))
      for (const sink of fresh) note.run(key, sink, end, now)
      const all = [...known, ...fresh.map((sink) => ({ sink, end, until: now + LEFT_LANES_HOLD_MS }))]
      return all.flatMap((one) => {
        const place = places.get(one.sink)
        return place === undefined ? [] : [{ ...one, place }]
      })
    },
  }
}
