/**
 * Whether an open database is still the one that lies at its path. SQLite writes on in a file that was removed, and tells
 * nothing: everything would seem to work, and be gone with the process.
 */
import { statSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'

const filesOf = new WeakMap<DatabaseSync, ReadonlyMap<string, string>>()

/** Of the file and its `-wal`, once they are there. */
export function notePlace(db: DatabaseSync): void {
  const file = db.location()
  if (file === null) return
  const files = [file, `${file}-wal`].map((name) => [name, identityOf(name)] as const)
  filesOf.set(db, new Map(files.filter(([, identity]) => identity !== ABSENT)))
}

/** What has happened to which file; undefined as long as they are where they were opened. */
export function displacement(db: DatabaseSync): { file: string; what: string } | undefined {
  for (const [file, identity] of filesOf.get(db) ?? []) {
    const found = identityOf(file)
    if (found !== identity) {
      return { file, what: `was ${found === ABSENT ? 'removed or moved away' : 'replaced'} while in use` }
    }
  }
  return undefined
}

const ABSENT = ''

/** As SQLite itself tells files apart. */
function identityOf(file: string): string {
  const found = statSync(file, { bigint: true, throwIfNoEntry: false })
  return found === undefined ? ABSENT : `${found.dev}:${found.ino}`
}
