import type { Stats } from 'node:fs'
import { stat } from 'node:fs/promises'
import { OperationError } from '../../../src/errors.ts'
import { unlessGone } from '../../../src/lib/unless-gone.ts'

/** What stands at the path, undefined if nothing does. Throws for a pipe, socket or device. */
export async function statRegularFile(path: string): Promise<Stats | undefined> {
  const found = await unlessGone(stat(path))
  // Opening a named pipe would wait for its reader. A folder is left to `open`, whose error says so.
  if (found !== undefined && !found.isFile() && !found.isDirectory()) {
    throw new OperationError('not a regular file; for standard output write path: "-"')
  }
  return found
}
