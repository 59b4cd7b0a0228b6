/** What a file system error means and what an operator can do about it. */
import { errorCode, messageOf, OperationError } from '../../../src/errors.ts'
import type { Outcome } from '../../../src/outcome.ts'

type Failure = readonly [kind: 'retry' | 'pause', what: string, cure: string]

/** Space comes back and disks are mended without a change here: retry. The rest waits for an operator. */
const FAILURES: Readonly<Record<string, Failure>> = {
  ENOSPC: ['retry', 'the disk is full', 'free space on its file system'],
  EDQUOT: ['retry', 'the disk quota is used up', 'raise the quota or free space'],
  EIO: ['retry', 'the disk reports an I/O error', 'check the disk and the kernel log'],
  EFBIG: ['pause', 'the file is too large', 'set `rotate`, or raise the limit of file sizes'],
  EACCES: ['pause', 'not permitted', 'give the user of auditferry write access'],
  EPERM: ['pause', 'not permitted', 'give the user of auditferry write access'],
  EROFS: ['pause', 'the file system is read-only', 'mount it writable or choose another path'],
  EISDIR: ['pause', 'this is a folder', 'write the name of a file behind it'],
  EINVAL: ['pause', 'this is no place for a file', 'choose a path on a disk, not below /proc or /sys'],
  ENOENT: ['retry', 'its folder cannot be made', 'check the path'],
  ENOTDIR: ['pause', 'part of the path is not a folder', 'check the path'],
  EEXIST: ['pause', 'part of the path is not a folder', 'check the path'],
  ELOOP: ['pause', 'too many symbolic links', 'check the path'],
  ENAMETOOLONG: ['pause', 'the name is too long', 'choose a shorter path'],
  ERR_STREAM_DESTROYED: ['pause', 'it is closed', 'start again with an open one'],
  EPIPE: ['pause', 'nobody reads it any more', 'start again with a reader'],
}

export function outcomeOfError(path: string, error: unknown): Outcome {
  const [kind, what, cure] = describeError(error)
  return { kind, reason: [`${nameOf(path)}: ${what}`, cure].filter(Boolean).join('; ') }
}

/** The write is still under way. */
export function outcomeOfWaiting(path: string, timeoutMs: number): Outcome {
  const within = `within ${timeoutMs / 1000}s (\`timeout\`)`
  const disk = `the disk did not confirm a write ${within}; check the disk, or the network that it lies behind`
  const reason =
    path === '-' ? `its reader took nothing ${within}; what waits goes out when it reads on` : disk
  return { kind: 'retry', reason: `${nameOf(path)}: ${reason}` }
}

export function describeError(error: unknown): Failure {
  // The path is not a place to write to; the message says what to do.
  if (error instanceof OperationError) return ['pause', error.message, '']
  return FAILURES[errorCode(error) ?? ''] ?? ['retry', messageOf(error), '']
}

function nameOf(path: string): string {
  return path === '-' ? 'standard output' : path
}
