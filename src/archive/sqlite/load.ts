/** Turns rows into events, by way of the reading thread. */
import { uidOf } from '../../integrity/chain.ts'
import { lineAt } from '../../lib/flat-lines.ts'
import type { LoadEvents } from '../contents.ts'
import { secondOf } from '../schema.ts'
import type { FoundLines } from './lines.ts'
import type { ArchiveThread } from './messages.ts'

export function threadLoader(read: ArchiveThread['ask']): LoadEvents {
  return async (rows) => {
    if (rows.length === 0) return []
    const wanted = { entries: rows.map(({ entry }) => entry), places: rows.map(({ place }) => place) }
    const found = (await read({ kind: 'lines', wanted })) as FoundLines
    const flat = { ends: found.ends, lines: Buffer.from(found.lines.buffer) }
    return rows.flatMap((row, at) => {
      const sequence = found.sequences[at] ?? 0
      if (sequence === 0) return []
      const line = lineAt(flat, at)
      const archivedAt = found.archivedAt[at] ?? 0
      return [{ row, event: { sequence, uid: uidOf(line), timestamp: secondOf(row.key), archivedAt, line } }]
    })
  }
}
