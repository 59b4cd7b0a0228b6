/** Which events an answer contains, in which order, and where the next answer continues. */
import type { History, Slot } from './history.ts'
import { mix } from './random.ts'

export interface Selection {
  /** The newest second that is included. */
  readonly top: number
  /** The oldest second that is included. */
  readonly bottom: number
  /** Only events of this login; empty for all. */
  readonly login: string
  /** The order within a second: undefined keeps the order of insertion; a number is the seed of a shuffle. */
  readonly shuffle: number | undefined
  /** Where the previous page ended. */
  readonly after?: Position
}

/** The position of an event: its second, and its rank within that. */
export interface Position {
  readonly second: number
  readonly rank: number
}

export interface Placed {
  readonly slot: Slot
  readonly position: Position
}

export function* select(history: History, wanted: Selection): Generator<Placed> {
  for (const placed of inOrder(history, wanted)) {
    const { slot, position } = placed
    if (position.second < wanted.bottom) return
    if (wanted.login !== '' && slot.event.user.githubLogin !== wanted.login) continue
    if (wanted.after !== undefined && !isBehind(position, wanted.after)) continue
    yield placed
  }
}

function* inOrder(history: History, wanted: Selection): Generator<Placed> {
  const { shuffle } = wanted
  let crowd: Placed[] = []
  for (const slot of history.newestFirst(wanted.top)) {
    const second = slot.event.timestamp
    if (shuffle === undefined) {
      yield { slot, position: { second, rank: slot.sequence } }
      continue
    }
    if (crowd[0] !== undefined && crowd[0].position.second !== second) {
      yield* crowd.sort(byRank)
      crowd = []
    }
    // The sequence number separates ranks that the shuffle makes equal.
    crowd.push({
      slot,
      position: { second, rank: mix(shuffle, slot.sequence) * 2 ** 20 + (slot.sequence % 2 ** 20) },
    })
  }
  yield* crowd.sort(byRank)
}

function byRank(a: Placed, b: Placed): number {
  return b.position.rank - a.position.rank
}

function isBehind(position: Position, other: Position): boolean {
  return position.second < other.second || (position.second === other.second && position.rank < other.rank)
}
