/** An archive in one SQLite file, with a thread that writes and one that reads; each starts when first needed. */
import { existsSync } from 'node:fs'
import { Kysely } from 'kysely'
import { startThread } from '../../lib/thread.ts'
import { askArchive } from '../asked.ts'
import type { ArchiveDatabase } from '../database.ts'
import { createFollowers, type Followers } from '../followers.ts'
import { createRetention } from '../retention.ts'
import type { Tables } from '../schema.ts'
import type { Appended, StoredArchive } from '../stored-archive.ts'
import { checkArchiveFile } from './check-file.ts'
import { threadDialect } from './dialect.ts'
import { explainError } from './failure.ts'
import { flatten } from './flat-events.ts'
import { threadLoader } from './load.ts'
import type { ArchiveThread, ThreadData } from './messages.ts'
import { findUid, partsOf } from './parts.ts'

const SCRIPT = new URL('./worker.ts', import.meta.url)
interface SqliteArchiveOptions {
  readonly path: string
  /** Milliseconds. */
  readonly now: () => number
}

/** Opens the file, or makes it, when it is first used. Every method throws ArchiveFailure. */
export function createSqliteArchive({ path, now }: SqliteArchiveOptions): StoredArchive {
  const writer = restarted(path, 'write')
  const reader = restarted(path, 'read')
  const { changed, wake } = createFollowers()
  const read: ArchiveThread['ask'] = async (order) => {
    if (!existsSync(path)) {
      const isMade = !writer.isOpen()
      await writer.ask({ kind: 'open' })
      // Somebody who only reads must not keep others from writing.
      if (isMade) await writer.release()
    }
    return reader.ask(order)
  }
  return {
    ...askArchive(readFrom(read, changed)),
    async append(events) {
      const flat = flatten(events)
      const order = { kind: 'append', events: flat, archivedAt: now() } as const
      const appended = (await writer.ask(order, [flat.lines.buffer])) as Appended
      if (appended.added > 0) wake()
      return appended
    },
    dropBefore: createRetention({
      dropDay: async (end) => (await writer.ask({ kind: 'drop-day', end, at: now() })) as number | undefined,
      dropTexts: async (after) => (await writer.ask({ kind: 'drop-texts', after })) as number | undefined,
    }),
    verify: () => checkArchiveFile(path),
    release: () => writer.release(),
    async close() {
      // The last connection to close moves the -wal into the file, which a reader is not allowed to do.
      await reader.close()
      await writer.close()
      wake()
    },
  }
}

function readFrom(read: ArchiveThread['ask'], changed: Followers['changed']): ArchiveDatabase {
  const db = new Kysely<Tables>({ dialect: threadDialect(read) })
  const load = threadLoader(read)
  return {
    db,
    loader: () => load,
    parts: (selection) => partsOf(db, load, selection),
    byUid: (uid) => findUid(db, uid),
    changed,
  }
}

interface RestartedThread extends Omit<ArchiveThread, 'hasEnded'> {
  isOpen(): boolean
  /** Finishes what it was asked and ends; the next order starts it again. */
  release(): Promise<void>
}

/** After an error the next order starts a new thread: the fault may have been mended, or the file replaced. */
function restarted(path: string, role: ThreadData['role']): RestartedThread {
  let thread: ArchiveThread | undefined
  /** When the previous thread has ended; until then it may hold the lock. */
  let ended: Promise<void> | undefined
  let closed = false
  return {
    async ask(order, transfer) {
      if (ended !== undefined) await ended
      if (closed) throw explainError(path, new Error('the archive is closed'))
      thread ??= startThread(SCRIPT, 'the archive', { path, role })
      const asked = thread
      try {
        return await asked.ask(order, transfer)
      } catch (error) {
        if (thread === asked) thread = undefined
        await asked.close()
        throw explainError(path, error)
      }
    },
    isOpen: () => thread !== undefined,
    async release() {
      // Orders given in the meantime start before this continues.
      await ended
      ended = thread?.close()
      thread = undefined
      await ended
    },
    async close() {
      closed = true
      await thread?.close()
    },
  }
}
