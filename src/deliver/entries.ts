/** Unpacked spool entries, shared by lanes that read the same part of a log. */
import { type UnpackedEntry, unpackEntry } from '../spool/codec.ts'
import type { Store } from '../spool/store.ts'

export interface EntryReader {
  /** The entry that holds `offset`; undefined at the log's end. Throws OperationError when it is damaged. */
  at(source: string, offset: number): Promise<UnpackedEntry | undefined>
}

/** Few are kept: lanes in step share them, a lane behind unpacks its own. */
const KEPT = 3

export function createEntryReader(store: Store): EntryReader {
  const kept: { source: string; base: number; end: number; entry: Promise<UnpackedEntry> }[] = []
  return {
    async at(source, offset) {
      const found = kept.find((it) => it.source === source && it.base <= offset && offset < it.end)
      if (found !== undefined) return found.entry
      const packed = await store.readEntry(source, offset)
      if (packed === undefined) return undefined
      const entry = unpackEntry(packed)
      kept.unshift({ source, base: packed.base, end: packed.base + packed.count, entry })
      kept.length = Math.min(kept.length, KEPT)
      return entry
    },
  }
}
