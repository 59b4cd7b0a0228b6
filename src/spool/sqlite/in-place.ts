/**
 * Whether the open state is still the one that lies in its folder. SQLite writes on in a file that was removed, and tells
 * nothing: everything would seem to work, and be gone with the process.
 */
import { statSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { OperationError } from '../../errors.ts'

const filesOf = new WeakMap<DatabaseSync, ReadonlyMap<string, string>>()

/** Once the file and its `-wal` are there. */
export function notePlace(db: DatabaseSync): void {
  const file = db.location()
  if (file === null) return
  filesOf.set(db, new Map([file, `${file}-wal`].map((name) => [name, identityOf(name)])))
}

/** Throws OperationError with the cure when it is not. */
export function refuseElsewhere(db: DatabaseSync): void {
  for (const [file, identity] of filesOf.get(db) ?? []) {
    const found = identityOf(file)
    if (found === identity) continue
    throw new OperationError(
      `the state file ${file} was ${found === ABSENT ? 'removed or moved away' : 'replaced'} while in use: nothing more is taken or noted. ` +
        'Move it back; or stop the engine, set `start` of each source to the time of its last delivery, and start again',
    )
  }
}

const ABSENT = ''

/** As SQLite itself tells files apart. */
function identityOf(file: string): string {
  const found = statSync(file, { bigint: true, throwIfNoEntry: false })
  return found === undefined ? ABSENT : `${found.dev}:${found.ino}`
}
