/**
 * Whether an open database is still the file at its path. SQLite silently keeps writing to a file that was removed:
 * everything would seem to work, and be gone with the process.
 */
import { statSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { OperationError } from '../../errors.ts'

/** Makes a message of the file and what has happened to it. */
export type Displaced = (file: string, what: string) => string

const filesOf = new WeakMap<DatabaseSync, ReadonlyMap<string, string>>()

/** Identities of the file and its `-wal`, once they exist. */
export function notePlace(db: DatabaseSync): void {
  const file = db.location()
  if (file === null) return
  const files = [file, `${file}-wal`].map((name) => [name, identityOf(name)] as const)
  filesOf.set(db, new Map(files.filter(([, identity]) => identity !== ABSENT)))
}

/**
 * Call it before each commit: what is written to a removed file would be reported as stored, and be gone. Throws
 * OperationError with the message that `tell` makes.
 */
export function refuseDisplaced(db: DatabaseSync, tell: Displaced): void {
  for (const [file, identity] of filesOf.get(db) ?? []) {
    const found = identityOf(file)
    if (found === identity) continue
    const what = `was ${found === ABSENT ? 'removed or moved away' : 'replaced'} while in use`
    throw new OperationError(tell(file, what))
  }
}

const ABSENT = ''

/** As SQLite itself tells files apart. */
function identityOf(file: string): string {
  const found = statSync(file, { bigint: true, throwIfNoEntry: false })
  return found === undefined ? ABSENT : `${found.dev}:${found.ino}`
}
