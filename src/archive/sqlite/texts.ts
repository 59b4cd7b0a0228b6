/** The numbers of recurring texts. */
import type { DatabaseSync } from 'node:sqlite'

/** There may be many addresses. */
const KEPT = 100_000

export function createTexts(db: DatabaseSync) {
  const find = db.prepare('SELECT id FROM texts WHERE text = ?')
  const insert = db.prepare(
    'INSERT INTO texts VALUES (MAX(?, COALESCE((SELECT MAX(id) FROM texts), 0) + 1), ?)',
  )
  /** A removed text's number is not used again, because a search under way may still hold it. */
  let { next } = db.prepare('SELECT COALESCE(MAX(id), 0) + 1 AS next FROM texts').get() as { next: number }
  const known = new Map<string, number>()
  return {
    idOf(text: string): number {
      const kept = known.get(text)
      if (kept !== undefined) return kept
      const row = find.get(text) as { id: number } | undefined
      const id = row?.id ?? Number(insert.run(next, text).lastInsertRowid)
      next = Math.max(next, id + 1)
      if (known.size >= KEPT) known.clear()
      known.set(text, id)
      return id
    },
    /** Some may have been removed. */
    forget: () => known.clear(),
  }
}
