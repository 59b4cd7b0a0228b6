/** Which events of a second are there already: most often nothing is, or the second was the last one's too. */
import type { DatabaseSync } from 'node:sqlite'
import { KEY_STEP } from '../schema.ts'

export interface Second {
  /** Number of the next event in it. */
  next: number
  /** Hex of the first 16 bytes. */
  readonly uids: Set<string>
}

/** Seconds, and events in them. */
const KEPT = 10_000

export function createSeconds(db: DatabaseSync) {
  const find = db.prepare('SELECT key, uid FROM events WHERE key >= ? AND key < ?')
  const known = new Map<number, Second>()
  let events = 0
  return {
    of(timestamp: number): Second {
      const kept = known.get(timestamp)
      if (kept !== undefined) return kept
      const first = timestamp * KEY_STEP
      const rows = find.all(first, first + KEY_STEP) as { key: number; uid: Uint8Array }[]
      const second: Second = {
        next: rows.reduce((next, { key }) => Math.max(next, key - first + 1), 0),
        uids: new Set(rows.map(({ uid }) => Buffer.from(uid).toString('hex'))),
      }
      if (known.size >= KEPT || events >= 10 * KEPT) {
        known.clear()
        events = 0
      }
      events += rows.length
      known.set(timestamp, second)
      return second
    },
    forget: () => known.clear(),
  }
}
