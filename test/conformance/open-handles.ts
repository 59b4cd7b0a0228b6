/** What this process has open: sockets, and files in the folder for temporary files. Linux only. */
import { readdir, readlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'

export async function openHandles(): Promise<string[]> {
  const targets = await Promise.all(
    (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')),
  )
  return targets.filter((it) => it.startsWith('socket:') || it.startsWith(tmpdir())).sort()
}
