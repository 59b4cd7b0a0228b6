/** `${file:/path}`: a secret in a file of its own, as orchestrators mount them, read again when it changes. */
import { readFileSync, type Stats, statSync } from 'node:fs'
import { describeFileError } from '../errors.ts'

/** Far above any key or token. */
const SIZE_LIMIT = 1 << 20

/**
 * A reader of the file's text without its last line end. It looks at size, time and inode each time and reads
 * again when they changed; while a rotated file is missing, unreadable or empty the last good text stays.
 * Throws at once if the file can't be read now.
 */
export function openSecretFile(path: string): () => string {
  let revision = ''
  let text = ''
  const refresh = () => {
    try {
      const stats = statSync(path)
      if (revision === revisionOf(stats)) return
      if (!stats.isFile()) throw new Error('is not a file')
      if (stats.size > SIZE_LIMIT) throw new Error('is larger than 1 MiB')
      const fresh = readFileSync(path, 'utf8').replace(/\r?\n$/, '')
      if (fresh === '') throw new Error('is empty')
      text = fresh
      revision = revisionOf(stats)
    } catch (error) {
      if (text === '') throw new Error(`secret file ${path}: ${describeFileError(error)}`)
    }
  }
  refresh()
  return () => {
    refresh()
    return text
  }
}

function revisionOf(stats: Stats): string {
  return `${stats.ino}:${stats.mtimeMs}:${stats.size}`
}
