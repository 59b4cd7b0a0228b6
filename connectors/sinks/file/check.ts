import { access, constants, open, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { CheckResult } from '../../../src/connector.ts'
import { describeError } from './failure.ts'
import { statRegularFile } from './regular-file.ts'

/** Tries to open for appending; changes nothing, so a missing file is not created. */
export async function checkAppend(path: string): Promise<CheckResult> {
  try {
    const found = await statRegularFile(path)
    const folder = await nearestFolder(dirname(path))
    if (found === undefined) await access(folder, constants.W_OK | constants.X_OK)
    else await (await open(path, constants.O_WRONLY | constants.O_APPEND)).close()
    const { bavail, bsize } = await statfs(folder)
    const state = found === undefined ? 'will be created' : `can be appended to, holds ${found.size} bytes`
    return { ok: true, detail: `${path} ${state}; ${bavail * bsize} bytes are free`, cure: '' }
  } catch (error) {
    const [, what, cure] = describeError(error)
    return { ok: false, detail: `${path}: ${what}`, cure }
  }
}

async function nearestFolder(folder: string): Promise<string> {
  const found = await statRegularFile(folder)
  return found === undefined ? nearestFolder(dirname(folder)) : folder
}
