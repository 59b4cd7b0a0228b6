/** Events as few large pieces: what goes from thread to thread is copied value by value, and lines byte by byte. Pure. */
import type { NewEvent } from '../stored-archive.ts'

export interface FlatEvents {
  readonly uids: readonly string[]
  readonly timestamps: readonly number[]
  /** Where each line ends. */
  readonly ends: readonly number[]
  /** A buffer of its own, to be handed over. */
  readonly lines: Uint8Array<ArrayBuffer>
}

export function flatten(events: readonly NewEvent[]): FlatEvents {
  const lines = new Uint8Array(events.reduce((sum, { line }) => sum + line.byteLength, 0))
  let at = 0
  const ends = events.map(({ line }) => {
    lines.set(line, at)
    at += line.byteLength
    return at
  })
  const [uids, timestamps] = [events.map(({ uid }) => uid), events.map(({ timestamp }) => timestamp)]
  return { uids, timestamps, ends, lines }
}

/** Lines are views. */
export function unflatten({ uids, timestamps, ends, lines }: FlatEvents): NewEvent[] {
  return ends.map((end, at) => ({
    uid: uids[at] as string,
    timestamp: timestamps[at] as number,
    line: lines.subarray(ends[at - 1] ?? 0, end),
  }))
}
