/** Where a mirror lies: a file or an S3 object, each with the previous revision beside it. */
import { randomUUID } from 'node:crypto'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { errorCode, messageOf, OperationError } from '../errors.ts'
import { makeFolder } from '../lib/folder.ts'
import { unlessGone } from '../lib/unless-gone.ts'
import { objectAt } from './bucket-place.ts'

/** The previous revision is kept beside the last. */
export type Revision = 'last' | 'previous'

export interface MirrorPlace {
  /** For messages. */
  readonly name: string
  /**
   * Undefined if that revision does not exist. Throws MirrorAway for what may pass, else OperationError; the message
   * is the reason, with a cure.
   */
  read(revision: Revision): Promise<string | undefined>
  write(text: string): Promise<void>
  /** Ends what is under way, which then rejects. */
  close(): Promise<void>
}

const TIMEOUT_MS = 10_000

/** `address`: an absolute path, or `s3://bucket/key`; `timeoutMs`: for one request to S3. */
export function openPlace(address: string, timeoutMs = TIMEOUT_MS): MirrorPlace {
  const [, bucket, key] = /^s3:\/\/([^/]+)\/(.+)$/.exec(address) ?? []
  return bucket === undefined || key === undefined ? fileAt(address) : objectAt(bucket, key, timeoutMs)
}

function fileAt(path: string): MirrorPlace {
  const previous = `${path}.previous`
  return {
    name: path,
    read: (revision) =>
      unlessGone(readFile(revision === 'last' ? path : previous, 'utf8')).catch((error: unknown) => {
        throw new OperationError(`${messageOf(error)}; ${cureOf(error)}`)
      }),
    async write(text) {
      makeFolder(dirname(path))
      // Not named after the process id: in containers that share a volume every process is 1.
      const aside = `${path}.${randomUUID()}.new`
      try {
        await writeFile(aside, text, { mode: 0o600, flush: true })
        await unlessGone(rename(path, previous))
        await rename(aside, path)
      } catch (error) {
        await rm(aside, { force: true }).catch(() => undefined)
        // Each write has another name, but the same trouble must give the same message.
        throw new OperationError(`${messageOf(error).replaceAll(aside, path)}; ${cureOf(error)}`)
      }
    },
    async close() {},
  }
}

function cureOf(error: unknown): string {
  const code = errorCode(error)
  if (code === 'EACCES' || code === 'EPERM') return 'give this user the right to read and write it'
  if (code === 'EROFS') return 'mount its file system writable'
  if (code === 'ENOSPC') return 'free space on its file system'
  return code === 'EISDIR' ? '`state.mirror` must name a file' : 'mend that, or correct `state.mirror`'
}
