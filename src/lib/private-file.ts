import { closeSync, openSync } from 'node:fs'

/**
 * Makes an empty file that others can't read, if there is none; SQLite has no option for it. Its `-wal`, `-shm` and
 * `-journal` get the rights of the database (sqlite.org, os_unix.c, findCreateFileMode).
 */
export function makePrivate(path: string): void {
  closeSync(openSync(path, 'a', 0o640))
}
