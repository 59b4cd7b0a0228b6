import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import type { Site } from './site.ts'

/**
 * Mounts a file system of this size, for this many files, at this folder of the site; false if that is not allowed: it
 * takes root.
 */
export function mountSmallDisk(
  site: Pick<Site, 'path' | 'defer'>,
  name: string,
  size: `${number}k`,
  files = 1_000,
): boolean {
  const folder = site.path(name)
  mkdirSync(folder)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size},nr_inodes=${files + 1}`, 'tmpfs', folder], {
      stdio: 'pipe',
    })
  } catch {
    return false
  }
  site.defer(() => void execFileSync('umount', ['-l', folder]))
  return true
}
