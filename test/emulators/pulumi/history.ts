/** What happened in one organisation: a past that is invented as it is read, and events that were added. */
import { completed, type EmulatedEvent, type NewEvent } from './event.ts'
import type { InventedHistory } from './invent.ts'

export interface Slot {
  /** Order of insertion. */
  readonly sequence: number
  readonly event: EmulatedEvent
}

export interface History {
  /** In any order: an event that is older than others is a late one. */
  add(events: readonly NewEvent[]): void
  /** Starts with the newest event that isn't after `top`; within a second, the last one added comes first. */
  newestFirst(top: number): Generator<Slot>
}

export function createHistory(past?: InventedHistory): History {
  const added: Slot[] = []
  const pastCount = past?.count ?? 0

  function add(events: readonly NewEvent[]): void {
    let isSorted = true
    for (const event of events) {
      const newest = added.at(-1)?.event.timestamp ?? Number.NEGATIVE_INFINITY
      isSorted &&= newest <= event.timestamp
      added.push({ sequence: pastCount + added.length, event: completed(event) })
    }
    if (!isSorted) added.sort(byTime)
  }

  function* newestFirst(top: number): Generator<Slot> {
    // A copy: events may be added while an answer is sent.
    const young = added.slice(
      0,
      countUpTo(added.length, (at) => (added[at] as Slot).event.timestamp, top),
    )
    if (past !== undefined) {
      for (let at = countUpTo(past.count, past.timestampAt, top) - 1; at >= 0; at--) {
        const second = past.timestampAt(at)
        while (young.length > 0 && (young.at(-1) as Slot).event.timestamp >= second) yield young.pop() as Slot
        yield { sequence: at, event: past.eventAt(at) }
      }
    }
    while (young.length > 0) yield young.pop() as Slot
  }

  return { add, newestFirst }
}

function byTime(a: Slot, b: Slot): number {
  return a.event.timestamp - b.event.timestamp || a.sequence - b.sequence
}

/** How many of `count` ascending timestamps are not after `top`. */
function countUpTo(count: number, timestampAt: (index: number) => number, top: number): number {
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >>> 1
    if (timestampAt(middle) <= top) low = middle + 1
    else high = middle
  }
  return low
}
