/** What a file system error means and what an operator can do about it. */
import { messageOf } from '../../../src/errors.ts'
import { BrokenChain } from '../../../src/integrity/file-chain.ts'
import type { Outcome } from '../../../src/outcome.ts'

interface Failure {
  readonly kind: 'retry' | 'pause'
  readonly what: string
  readonly cure: string
}

/** Space comes back and disks are mended without a change here: retry. The rest waits for an operator. */
const FAILURES: Readonly<Record<string, Failure>> = {
  ENOSPC: { kind: 'retry', what: 'the disk is full', cure: 'free space on its file system' },
  EDQUOT: { kind: 'retry', what: 'the disk quota is used up', cure: 'raise the quota or free space' },
  EIO: { kind: 'retry', what: 'the disk reports an I/O error', cure: 'check the disk and the kernel log' },
  EFBIG: {
    kind: 'pause',
    what: 'the file is too large',
    cure: 'set `rotate`, or raise the limit of file sizes',
  },
  EACCES: { kind: 'pause', what: 'not permitted', cure: 'give the user of auditferry write access' },
  EPERM: { kind: 'pause', what: 'not permitted', cure: 'give the user of auditferry write access' },
  EROFS: {
    kind: 'pause',
    what: 'the file system is read-only',
    cure: 'mount it writable or choose another path',
  },
  EISDIR: { kind: 'pause', what: 'this is a folder', cure: 'write the name of a file behind it' },
  ENOENT: { kind: 'retry', what: 'its folder can not be made', cure: 'check the path' },
  ENOTDIR: { kind: 'pause', what: 'part of the path is not a folder', cure: 'check the path' },
  EEXIST: { kind: 'pause', what: 'part of the path is not a folder', cure: 'check the path' },
  ELOOP: { kind: 'pause', what: 'too many symbolic links', cure: 'check the path' },
  ENAMETOOLONG: { kind: 'pause', what: 'the name is too long', cure: 'choose a shorter path' },
  ERR_STREAM_DESTROYED: { kind: 'pause', what: 'it is closed', cure: 'start again with an open one' },
  EPIPE: { kind: 'pause', what: 'nobody reads it any more', cure: 'start again with a reader' },
}

/** The file is there, but it is none that may be appended to. */
export class UnsuitableFile extends Error {
  override readonly name = 'UnsuitableFile'
}

export function outcomeOfError(path: string, error: unknown): Outcome {
  const { kind, what, cure } = describeError(error)
  return { kind, reason: [`${nameOf(path)}: ${what}`, cure].filter(Boolean).join('; ') }
}

export function describeError(error: unknown): Failure {
  if (error instanceof UnsuitableFile || error instanceof BrokenChain)
    return { kind: 'pause', what: error.message, cure: '' }
  const code = (error as NodeJS.ErrnoException | undefined)?.code ?? ''
  return FAILURES[code] ?? { kind: 'retry', what: messageOf(error), cure: '' }
}

export function nameOf(path: string): string {
  return path === '-' ? 'standard output' : path
}
