import { access, constants, open, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { CheckResult } from '../../../src/connector.ts'
import { describeError } from './failure.ts'
import { statRegularFile } from './regular-file.ts'

/** Tries to open for appending; changes nothing, so a missing file is not created. */
export async function checkAppend(path: string): Promise<CheckResult> {
  try {
    const size = await sizeIfWritable(path)
    const folder = size === undefined ? await nearestFolder(dirname(path)) : dirname(path)
    if (size === undefined) await access(folder, constants.W_OK | constants.X_OK)
    const { bavail, bsize } = await statfs(folder)
    const found = size === undefined ? 'will be created' : `can be appended to, holds ${size} bytes`
    return { ok: true, detail: `${path} ${found}; ${bavail * bsize} bytes are free`, cure: '' }
  } catch (error) {
    const { what, cure } = describeError(error)
    return { ok: false, detail: `${path}: ${what}`, cure }
  }
}

async function sizeIfWritable(path: string): Promise<number | undefined> {
  const found = await statRegularFile(path)
  if (found === undefined) return undefined
  const handle = await open(path, constants.O_WRONLY | constants.O_APPEND)
  await handle.close()
  return found.size
}

async function nearestFolder(folder: string): Promise<string> {
  const found = await statRegularFile(folder)
  return found === undefined ? nearestFolder(dirname(folder)) : folder
}
