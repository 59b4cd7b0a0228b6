import { statfsSync } from 'node:fs'

const SQLITE_CANTOPEN = 14
/** "A shared memory file can't be enlarged", which "may indicate that the volume is out of space": sqlite.org/rescode.html. */
const SQLITE_IOERR_SHMSIZE = 4874

/**
 * What SQLite threw, as ENOSPC if the file system can't hold another file, however many bytes are free, or not all of it:
 * SQLite itself does not say why it can't make a file beside the first.
 */
export function orNoRoom(thrown: unknown, folder: string): unknown {
  const { errcode = 0 } = (thrown ?? {}) as { errcode?: number }
  const isNoRoom =
    errcode === SQLITE_IOERR_SHMSIZE || ((errcode & 0xff) === SQLITE_CANTOPEN && takesNoFile(folder))
  return isNoRoom ? Object.assign(new Error('no space left for another file'), { code: 'ENOSPC' }) : thrown
}

function takesNoFile(folder: string): boolean {
  try {
    const { files, ffree } = statfsSync(folder)
    // Some file systems do not count files: then both are 0.
    return files > 0 && ffree === 0
  } catch {
    return false
  }
}
