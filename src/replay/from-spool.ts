/** What the spool still holds of a range. */
import { type UnpackedEntry, unpackEntry } from '../spool/codec.ts'
import type { Store } from '../spool/store.ts'

interface SpoolStep {
  /** Events that matched. */
  readonly count: number
  /** Where to continue; absent at the log's end, or if the log was trimmed meanwhile. */
  readonly at?: number
  readonly trimmed: boolean
}

interface SpoolWalk {
  matches(uid: string, timestamp: number): boolean
  visit?(uid: string, line: Uint8Array): Promise<void>
  mayGoOn(): boolean
}

/** Goes through a log from `at` on, entry by entry, at least one. */
export async function throughSpool(
  store: Store,
  source: string,
  at: number,
  walk: SpoolWalk,
): Promise<SpoolStep> {
  let count = 0
  let offset = at
  do {
    const { end } = await store.bounds(source)
    if (offset >= end) return { count, trimmed: false }
    const packed = await store.readEntry(source, offset)
    if (packed === undefined) return { count, trimmed: true }
    const entry = await unpackEntry(packed)
    count += await throughEntry(entry, walk)
    offset = entry.base + entry.count
  } while (walk.mayGoOn())
  return { count, at: offset, trimmed: false }
}

async function throughEntry(entry: UnpackedEntry, { matches, visit }: SpoolWalk): Promise<number> {
  let count = 0
  for (let index = 0; index < entry.count; index++) {
    const uid = entry.uid(index)
    if (!matches(uid, entry.timestamp(index))) continue
    count++
    await visit?.(uid, entry.line(index))
  }
  return count
}

/** How many events were ever spooled in the whole minutes around [from, to), by the ledger's counts. */
export async function spooledAround(store: Store, source: string, from: number, to: number): Promise<number> {
  const minutes = await store.ledger(source, Math.floor(from / 60), Math.ceil(to / 60) - 1)
  return minutes.reduce((sum, { count }) => sum + count, 0)
}

export function isAround(from: number, to: number, timestamp: number): boolean {
  return Math.floor(from / 60) * 60 <= timestamp && timestamp < Math.ceil(to / 60) * 60
}
