import type { DatabaseSync } from 'node:sqlite'
import { type Displaced, refuseDisplaced } from './place.ts'

/** All of it or nothing. Throws OperationError with the message of `displaced` if the file is no longer there. */
export function inTransaction<Result>(db: DatabaseSync, displaced: Displaced, work: () => Result): Result {
  db.exec('BEGIN IMMEDIATE')
  try {
    const result = work()
    refuseDisplaced(db, displaced)
    db.exec('COMMIT')
    return result
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}
