/** What an error of SQLite or of the file system means. */
import { dirname } from 'node:path'
import { messageOf, OperationError } from '../../errors.ts'
import { orNoRoom } from '../../lib/sqlite/room.ts'
import { ArchiveFailure } from '../failure.ts'

type Meaning = readonly [kind: ArchiveFailure['kind'], what: string, cure: string]

const FULL: Meaning = ['retry', 'the disk is full', 'free space on its file system']
const DISK: Meaning = ['retry', 'the disk reports an I/O error', 'check the disk and the kernel log']
const FOREIGN: Meaning = ['pause', 'the file is no archive', 'move it away, or choose another path']
export const CURE_OF_DAMAGE =
  'move it away (keep it, with its -wal) and bring back a copy, or let a new archive begin and fill it by `npx auditferry backfill --sink`'
const DAMAGED: Meaning = ['pause', 'the file is damaged', CURE_OF_DAMAGE]
const FORBIDDEN: Meaning = [
  'pause',
  'it can’t be written',
  'give the user of auditferry write access to the file and its folder, or choose another path',
]
const IN_USE: Meaning = [
  'pause',
  'another process writes to this archive',
  'stop the other auditferry, or give this one a path of its own',
]

/** Primary result codes: https://sqlite.org/rescode.html */
const SQLITE: Readonly<Record<number, Meaning>> = {
  3: FORBIDDEN,
  5: IN_USE,
  6: IN_USE,
  8: FORBIDDEN,
  10: DISK,
  11: DAMAGED,
  13: FULL,
  14: FORBIDDEN,
  23: FORBIDDEN,
  26: FOREIGN,
}

const SYSTEM: Readonly<Record<string, Meaning>> = {
  ENOSPC: FULL,
  EDQUOT: FULL,
  EIO: DISK,
  EACCES: FORBIDDEN,
  EPERM: FORBIDDEN,
  EROFS: ['pause', 'the file system is read-only', 'mount it writable, or choose another path'],
  ENOTDIR: ['pause', 'part of the path is not a folder', 'check the path'],
  EEXIST: ['pause', 'part of the path is not a folder', 'check the path'],
  ELOOP: ['pause', 'too many symbolic links', 'check the path'],
  ENAMETOOLONG: ['pause', 'the name is too long', 'choose a shorter path'],
}

export function explainError(path: string, error: unknown): ArchiveFailure {
  if (error instanceof ArchiveFailure) return error
  if (error instanceof OperationError) return new ArchiveFailure('pause', `${path}: ${error.message}`)
  const { errcode, code = '' } = (orNoRoom(error, dirname(path)) ?? {}) as { errcode?: number; code?: string }
  const meaning = errcode === undefined ? SYSTEM[code] : SQLITE[errcode & 0xff]
  const [kind, what, cure] = meaning ?? ['retry', messageOf(error), '']
  // SQLite's own message tells more when the cause is not certain.
  const own = meaning === undefined || errcode === undefined ? '' : ` (${messageOf(error)})`
  return new ArchiveFailure(kind, `${path}: ${what}${own}${cure === '' ? '' : `; ${cure}`}`)
}
