/** What retention changes: all of it or nothing. */
import type { DatabaseSync } from 'node:sqlite'
import { refuseDisplaced } from '../../lib/sqlite-place.ts'
import { displaced } from './open.ts'

export function inTransaction<Result>(db: DatabaseSync, change: () => Result): Result {
  db.exec('BEGIN IMMEDIATE')
  try {
    const result = change()
    refuseDisplaced(db, displaced)
    db.exec('COMMIT')
    return result
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}
