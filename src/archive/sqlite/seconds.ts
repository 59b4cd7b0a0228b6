/** Which events of a second are already stored; usually none, nor any of the seconds that follow. */
import type { DatabaseSync } from 'node:sqlite'
import { KEY_STEP, secondOf } from '../schema.ts'

interface Second {
  /** Number of the next event in it. */
  next: number
  /** Hex of the first 16 bytes. */
  readonly uids: Set<string>
}

/** Limits how many seconds are remembered, and, times ten, how many of their events. */
const KEPT = 10_000

export function createSeconds(db: DatabaseSync) {
  const find = db.prepare('SELECT key, uid FROM events WHERE key >= ? AND key < ?')
  const following = db.prepare('SELECT key FROM events WHERE key >= ? ORDER BY key LIMIT 1')
  const known = new Map<number, Second>()
  /** Number of events in all of `known`: found in the file, or added since. */
  let events = 0
  /** No event is stored from `last`, the second that was asked for last, up to `occupied`. */
  let [last, occupied] = [Infinity, 0]
  const isEmpty = (timestamp: number) => {
    if (timestamp < last || timestamp >= occupied) {
      const row = following.get(timestamp * KEY_STEP) as { key: number } | undefined
      occupied = row === undefined ? Infinity : secondOf(row.key)
    }
    last = timestamp
    return timestamp < occupied
  }
  const forget = () => {
    known.clear()
    events = 0
  }
  return {
    /** Asked for in ascending order between two calls of `stored`, which follows each write. */
    of(timestamp: number): Second {
      const kept = known.get(timestamp)
      if (kept !== undefined) return kept
      const first = timestamp * KEY_STEP
      const rows = isEmpty(timestamp)
        ? []
        : (find.all(first, first + KEY_STEP) as { key: number; uid: Uint8Array }[])
      const second: Second = {
        next: rows.reduce((next, { key }) => Math.max(next, key - first + 1), 0),
        uids: new Set(rows.map(({ uid }) => Buffer.from(uid).toString('hex'))),
      }
      if (known.size >= KEPT || events >= 10 * KEPT) forget()
      events += rows.length
      known.set(timestamp, second)
      return second
    },
    /** `uid`: as in `uids`. */
    add(second: Second, uid: string): void {
      second.uids.add(uid)
      events++
    },
    stored() {
      last = Infinity
    },
    forget,
  }
}
