import { statfsSync } from 'node:fs'

const SQLITE_CANTOPEN = 14

/**
 * What SQLite threw. Where it can't make a file beside the first it does not say why: as ENOSPC, where the file system of
 * the folder has no place for another file, however many bytes are free.
 */
export function orNoRoom(thrown: unknown, folder: string): unknown {
  const { errcode = 0 } = (thrown ?? {}) as { errcode?: number }
  if ((errcode & 0xff) !== SQLITE_CANTOPEN || !takesNoFile(folder)) return thrown
  return Object.assign(new Error('no space left for another file'), { code: 'ENOSPC' })
}

function takesNoFile(folder: string): boolean {
  try {
    const { files, ffree } = statfsSync(folder)
    // Some file systems count no files: both are 0.
    return files > 0 && ffree === 0
  } catch {
    return false
  }
}
