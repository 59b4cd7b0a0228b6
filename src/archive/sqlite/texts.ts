/** The numbers of texts that repeat. */
import type { DatabaseSync } from 'node:sqlite'

/** Addresses may be many. */
const KEPT = 100_000

export function createTexts(db: DatabaseSync) {
  const find = db.prepare('SELECT id FROM texts WHERE text = ?')
  const insert = db.prepare('INSERT INTO texts (text) VALUES (?)')
  const known = new Map<string, number>()
  return {
    idOf(text: string): number {
      const kept = known.get(text)
      if (kept !== undefined) return kept
      const row = find.get(text) as { id: number } | undefined
      const id = row?.id ?? Number(insert.run(text).lastInsertRowid)
      if (known.size >= KEPT) known.clear()
      known.set(text, id)
      return id
    },
    forget: () => known.clear(),
  }
}
