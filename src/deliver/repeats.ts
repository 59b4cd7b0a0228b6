/**
 * What a lane sent lately, for sinks that can't recognise repetitions themselves: an event that says the same as one
 * taken less than a window earlier is a repeat.
 *
 * Kept in memory, as long as the lane is held. In doubt an event is sent: after a restart, when another worker
 * takes over the lane, when there are more kinds of event than are remembered, and when an event comes late, older than
 * the one taken. An event is never its own repeat, so what is judged or written again is never left out.
 */
import { hash } from 'node:crypto'
import type { AuditEvent } from '../event.ts'

export interface Repeats {
  /** Takes the event unless it is a repeat. */
  isRepeat(event: AuditEvent): boolean
  /** Takes an event that was taken before: a batch keeps its events. */
  take(event: AuditEvent): void
}

/** How many different events are remembered: about 10 MB. */
const REMEMBERED = 50_000

export function createRepeats(windowMs: number, remembered = REMEMBERED): Repeats {
  const window = windowMs / 1000
  /** The event taken last, by what it says; in the order in which they were taken. */
  const taken = new Map<string, { readonly uid: string; readonly timestamp: number }>()

  const note = (key: string, { uid, timestamp }: AuditEvent) => {
    taken.delete(key)
    taken.set(key, { uid, timestamp })
    const [oldest] = taken.keys()
    if (taken.size > remembered && oldest !== undefined) taken.delete(oldest)
  }

  return {
    isRepeat(event) {
      const key = keyOf(event)
      const last = taken.get(key)
      const since = last === undefined ? undefined : event.timestamp - last.timestamp
      if (since !== undefined && last?.uid !== event.uid && since >= 0 && since < window) return true
      if (since === undefined || since >= 0) note(key, event)
      return false
    },
    take(event) {
      const key = keyOf(event)
      if ((taken.get(key)?.timestamp ?? 0) <= event.timestamp) note(key, event)
    },
  }
}

/**
 * Everything but when it happened, with which token, and which twin it is. The source is part of it: only within one
 * log does what was taken earlier also lie earlier, so that a batch left open, which is sent again, always holds the
 * event that a repeat repeats.
 */
function keyOf({ source, action, outcome, actor, target, sourceIp, description }: AuditEvent): string {
  const { type, login, name, urn } = actor
  const parts = [source, action, outcome, type, login, name, urn, target, sourceIp, description]
  return hash('sha256', JSON.stringify(parts), 'base64')
}
