import type { DatabaseSync } from 'node:sqlite'
import { messageOf, OperationError } from '../../errors.ts'
import { inTransaction } from '../../lib/sqlite/transaction.ts'

/**
 * All of it or nothing. Throws OperationError with the cure when the disk is full, or the file can't be reached or is
 * gone.
 */
export function transaction<T>(db: DatabaseSync, work: () => T): T {
  try {
    return inTransaction(db, displaced, work)
  } catch (error) {
    throw isForWantOfSpace(error) ? noSpace(db, error) : (outOfReach(error) ?? error)
  }
}

const displaced = (file: string, what: string) =>
  `the state file ${file} ${what}: nothing more is taken or noted. Move it back; or stop the engine, set \`start\` of each source to the time of its last delivery, and start again`

function isForWantOfSpace(error: unknown): boolean {
  return messageOf(error).includes('disk is full')
}

function noSpace(db: DatabaseSync, error: unknown): OperationError {
  const cure = 'free some space on its file system; nothing is lost, and work goes on by itself'
  return new OperationError(
    `no space left for the state file ${db.location()} (${messageOf(error)}): ${cure}`,
  )
}

/** For an error of checking whether the file is still the one at its path. */
function outOfReach(error: unknown): OperationError | undefined {
  const { syscall, code, path } = error as NodeJS.ErrnoException
  if (syscall !== 'stat') return undefined
  const cure = 'give the user of auditferry access to its folder; nothing is lost, and work goes on by itself'
  return new OperationError(`the state file ${path} can't be reached (${code}): ${cure}`)
}
