/**
 * Commits that are reported only when they are on disk. With `synchronous=FULL` SQLite flushes its write-ahead log
 * inside COMMIT, and a slow disk would hold up polls, lanes and server alike. With NORMAL a commit survives a crash of
 * the process at once, and one of the machine as soon as the log is flushed
 * (https://sqlite.org/pragma.html#pragma_synchronous). A thread of libuv's pool does that, once for all waiting
 * commits.
 */
import { closeSync, fdatasync, openSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { messageOf, OperationError } from '../../errors.ts'
import { transaction } from './transaction.ts'

export interface Durable {
  /**
   * One transaction. Resolves with what `work` returns, once that can't be lost. Rejects with OperationError if it was
   * not stored, or if the disk failed to keep it; after that nothing more is accepted.
   */
  write<Result>(work: () => Result): Promise<Result>
  /** The same for work that may safely be repeated: it is on disk no later than the next `write`. */
  writeSoon<Result>(work: () => Result): Result
  /** Waits for writes under way. */
  close(): Promise<void>
}

export function createDurable(db: DatabaseSync): Durable {
  const file = String(db.location())
  const log = openSync(`${file}-wal`, 'r')
  let failure: OperationError | undefined
  let last = Promise.resolve()
  let next: Promise<void> | undefined

  const flush = () => {
    next = undefined
    return new Promise<void>((resolve, reject) => {
      fdatasync(log, (error) => {
        if (error === null) return resolve()
        failure = notKept(file, error)
        reject(failure)
      })
    })
  }
  /** A flush may miss what is committed while it runs. */
  const flushed = () => {
    next ??= last = last.then(flush)
    return next
  }
  const writeSoon = <Result>(work: () => Result): Result => {
    // After a failed flush the operating system may report the same pages as written at the next one.
    if (failure !== undefined) throw failure
    return transaction(db, work)
  }

  return {
    async write(work) {
      const result = writeSoon(work)
      await flushed()
      return result
    },
    writeSoon,
    async close() {
      await last.catch(() => undefined)
      closeSync(log)
    },
  }
}

function notKept(file: string, error: unknown): OperationError {
  return new OperationError(
    `the disk under the state file ${file} does not keep what is written (${messageOf(error)}): nothing more is taken or noted. ` +
      'Look at the disk, then start again; what was in flight is sent again with the same uids',
  )
}
