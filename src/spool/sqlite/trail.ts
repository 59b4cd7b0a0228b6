/** auditferry's own audit trail in the embedded store, and texts that are kept for a limited time. */
import type { DatabaseSync } from 'node:sqlite'
import { TRAIL_KEEPS, type TrailEntry } from '../../trail/trail.ts'
import type { OperatorStore } from '../operator-store.ts'
import type { Durable } from './durable.ts'

type Operations = 'appendTrail' | 'trail' | 'keep' | 'kept' | 'take'

export function createTrail(db: DatabaseSync, write: Durable['write']): Pick<OperatorStore, Operations> {
  const append = db.prepare('INSERT INTO trail SELECT MAX(?, IFNULL((SELECT MAX(at) + 1 FROM trail), 0)), ?')
  const forgetOld = db.prepare('DELETE FROM trail WHERE at < ?')
  const forgetMany = db.prepare(
    'DELETE FROM trail WHERE at <= (SELECT at FROM trail ORDER BY at DESC LIMIT 1 OFFSET ?)',
  )
  const read = db.prepare('SELECT at, entry FROM trail WHERE at < ? ORDER BY at DESC LIMIT ?')
  const keep = db.prepare('INSERT OR REPLACE INTO kept VALUES (?, ?, ?)')
  const forgetOver = db.prepare('DELETE FROM kept WHERE until <= ?')
  const kept = db.prepare('SELECT text FROM kept WHERE key = ? AND until > ?')
  const take = db.prepare('DELETE FROM kept WHERE key = ? RETURNING text, until')

  return {
    async appendTrail({ at, ...entry }, keeps = TRAIL_KEEPS) {
      await write(() => {
        append.run(at, JSON.stringify(entry))
        forgetOld.run(at - keeps.ms)
        forgetMany.run(keeps.entries)
      })
    },
    async trail({ before = Number.MAX_SAFE_INTEGER, limit }) {
      const rows = read.all(before, limit) as { at: number; entry: string }[]
      return rows.map(({ at, entry }) => ({ at, ...(JSON.parse(entry) as Omit<TrailEntry, 'at'>) }))
    },
    async keep(key, text, forMs) {
      await write(() => {
        forgetOver.run(Date.now())
        keep.run(key, text, Date.now() + forMs)
      })
    },
    kept: async (key) => (kept.get(key, Date.now()) as { text: string } | undefined)?.text,
    async take(key) {
      const row = (await write(() => take.get(key))) as { text: string; until: number } | undefined
      return row !== undefined && row.until > Date.now() ? row.text : undefined
    },
  }
}
