/** Why an event can't be kept at all, as its dead letter says it. Pure. */
import { messageOf } from '../errors.ts'
import { KEY_STEP, LAST_SECOND } from './schema.ts'
import type { NewEvent } from './stored-archive.ts'

export const CROWDED = `the archive holds ${KEY_STEP} events of its second already`

/** Undefined when its uid and its time can be stored. */
export function unfitOf({ uid, timestamp }: NewEvent): string | undefined {
  if (!/^[0-9a-f]{64}$/.test(uid)) return 'its uid is not 64 hexadecimal characters'
  if (Number.isInteger(timestamp) && timestamp >= 0 && timestamp < LAST_SECOND) return undefined
  return `its timestamp ${timestamp} is no second from 1970 to 2106`
}

/** The reason, from the error that reading its line threw; rethrows an error that says nothing about the line. */
export function unreadable(error: unknown): string {
  if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error
  return `it is no event in native format: ${messageOf(error)}`
}
