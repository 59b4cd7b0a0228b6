/** A lane's bookkeeping: how far batches have been formed, which of them are open, and what became of the rest. */
import { freshCursor, type LaneState, type Range } from '../spool/lane-state.ts'
import type { Settled } from './tally.ts'

export interface LaneBook {
  /** Offset from which batches are still to be formed. */
  next(source: string): number
  /** Opens a batch of these offsets; everything before `next` that is not among open offsets is settled. */
  open(source: string, offsets: readonly number[], next: number): number
  close(source: string, batch: number, offsets: readonly number[]): void
  count(source: string, settled: Settled, by: number): void
  /** Batches that a former process left open. Their numbers are valid for `close`. */
  leftOpen(): { source: string; batch: number; ranges: readonly Range[] }[]
  note(note: Pick<LaneState, 'lastDelivery' | 'lastError'>): void
  snapshot(): LaneState
}

export function createLaneBook(state: LaneState): LaneBook {
  const cursors = new Map(
    Object.entries(state.cursors).map(([source, it]) => [
      source,
      { ...it, open: new Map(it.open.map((extent, index) => [index, extent.ranges])) },
    ]),
  )
  let batches = 1 + Math.max(0, ...Object.values(state.cursors).map((it) => it.open.length))
  let notes: Pick<LaneState, 'lastDelivery' | 'lastError'> = {
    ...(state.lastDelivery === undefined ? {} : { lastDelivery: state.lastDelivery }),
    ...(state.lastError === undefined ? {} : { lastError: state.lastError }),
  }
  const at = (source: string) => {
    const known = cursors.get(source)
    if (known !== undefined) return known
    const made = { ...freshCursor(0), open: new Map<number, readonly Range[]>() }
    cursors.set(source, made)
    return made
  }

  return {
    next: (source) => at(source).next,
    open(source, offsets, next) {
      const cursor = at(source)
      cursors.set(source, { ...cursor, next })
      const batch = batches++
      if (offsets.length > 0) cursor.open.set(batch, rangesOf(offsets))
      return batch
    },
    close(source, batch, offsets) {
      const { open } = at(source)
      const ranges = open.get(batch) ?? []
      if (isAllOf(ranges, offsets)) {
        open.delete(batch)
        return
      }
      const settled = new Set(offsets)
      const left = offsetsOf(ranges).filter((offset) => !settled.has(offset))
      if (left.length === 0) open.delete(batch)
      else open.set(batch, rangesOf(left))
    },
    count(source, settled, by) {
      const cursor = at(source)
      if (by !== 0) cursors.set(source, { ...cursor, [settled]: (cursor[settled] ?? 0) + by })
    },
    leftOpen: () =>
      [...cursors].flatMap(([source, it]) =>
        [...it.open].map(([batch, ranges]) => ({ source, batch, ranges })),
      ),
    note(note) {
      notes = { ...notes, ...note }
    },
    snapshot: () => ({
      ...notes,
      cursors: Object.fromEntries(
        [...cursors].map(([source, { open, ...it }]) => [
          source,
          { ...it, open: [...open.values()].map((ranges) => ({ ranges })) },
        ]),
      ),
    }),
  }
}

/** Ascending offsets as ranges. */
export function rangesOf(offsets: readonly number[]): Range[] {
  const ranges: [number, number][] = []
  for (const offset of offsets) {
    const last = ranges.at(-1)
    if (last !== undefined && last[1] === offset) last[1] = offset + 1
    else ranges.push([offset, offset + 1])
  }
  return ranges
}

/** Whether these are the offsets of the ranges, in order: what becomes of almost every batch. */
function isAllOf(ranges: readonly Range[], offsets: readonly number[]): boolean {
  let at = 0
  for (const [from, to] of ranges) {
    for (let offset = from; offset < to; offset++) if (offsets[at++] !== offset) return false
  }
  return at === offsets.length
}

function offsetsOf(ranges: readonly Range[]): number[] {
  return ranges.flatMap(([from, to]) => Array.from({ length: to - from }, (_, i) => from + i))
}
