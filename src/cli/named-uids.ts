/** `--uid` and `--uids`: the events that a command is for. */
import { describeFileError, UsageError } from '../errors.ts'
import { MOST_UIDS } from '../replay/request.ts'
import { readInput } from './read-input.ts'
import type { Seams } from './seams.ts'

/** Undefined when none is named. Throws UsageError. */
export async function namedUids(
  { uid = [], uids }: { readonly uid?: readonly string[]; readonly uids?: string },
  seams: Seams,
): Promise<string[] | undefined> {
  if (uid.length === 0 && uids === undefined) return undefined
  const listed = uids === undefined ? '' : await textOf(uids, seams)
  const all = [...new Set([...uid, ...listed.split(/\s+/).filter((word) => word !== '')])]
  const wrong = all.find((one) => !/^[0-9a-f]{64}$/.test(one))
  if (wrong !== undefined)
    throw new UsageError(`a uid is 64 characters of 0-9 and a-f, not "${wrong.slice(0, 80)}"`)
  if (all.length === 0) throw new UsageError(`--uids: ${uids} names no uid`)
  if (all.length > MOST_UIDS)
    throw new UsageError(`--uids: ${all.length} uids; at most ${MOST_UIDS} at a time`)
  return all
}

async function textOf(file: string, seams: Seams): Promise<string> {
  try {
    return await readInput(file, seams)
  } catch (error) {
    throw new UsageError(`--uids: ${file}: ${describeFileError(error)}`)
  }
}
