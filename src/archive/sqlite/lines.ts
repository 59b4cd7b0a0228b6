/**
 * Lines of events, unpacked in the thread that reads them: on a page for a rare value each event may come from another
 * entry, of which only one line is needed.
 */
import type { DatabaseSync } from 'node:sqlite'
import { type FlatLines, flattenLines } from '../../lib/flat-lines.ts'
import { unpackEntrySync } from '../entry.ts'

/** Row by row. */
export interface WantedLines {
  readonly entries: readonly number[]
  readonly places: readonly number[]
}

/** Row by row; a line that does not exist (any more) has the sequence 0. */
export interface FoundLines extends FlatLines {
  readonly sequences: readonly number[]
  /** Milliseconds. */
  readonly archivedAt: readonly number[]
}

interface Unpacked {
  readonly base: number
  readonly archivedAt: number
  readonly lines: readonly Buffer[]
}

/** About 10 MB of events. */
const ENTRIES_KEPT = 64

export function createLineReader(db: DatabaseSync): (wanted: WantedLines) => FoundLines {
  const find = db.prepare(
    'SELECT base, archived_at AS archivedAt, blob FROM entries JOIN payloads USING (number) WHERE number = ?',
  )
  const kept = new Map<number, Unpacked>()
  const entryOf = (number: number): Unpacked | undefined => {
    const before = kept.get(number)
    if (before !== undefined) return before
    const row = find.get(number) as { base: number; archivedAt: number; blob: Uint8Array } | undefined
    if (row === undefined) return undefined
    const { base, archivedAt, blob } = row
    const unpacked = { base, archivedAt, lines: unpackEntrySync(number, blob) }
    if (kept.size >= ENTRIES_KEPT) kept.clear()
    kept.set(number, unpacked)
    return unpacked
  }
  return ({ entries, places }) => {
    const found = entries.map((number, row) => {
      const entry = entryOf(number)
      const place = places[row] as number
      const line = entry?.lines[place]
      return entry && line && { sequence: entry.base + place, archivedAt: entry.archivedAt, line }
    })
    return {
      sequences: found.map((it) => it?.sequence ?? 0),
      archivedAt: found.map((it) => it?.archivedAt ?? 0),
      ...flattenLines(found.map((it) => it?.line)),
    }
  }
}
