/** Where a page ended: the key of its last event, and two digits that tell a cursor from another service's token. */
import { KEY_STEP, LAST_SECOND } from './schema.ts'

/** A prime below 36². */
const CHECKS = 1_291

export function cursorOf(key: number): string {
  return key.toString(36) + (key % CHECKS).toString(36).padStart(2, '0')
}

/** Throws RangeError for a text that is not a page's cursor. */
export function keyOfCursor(cursor: string): number {
  const key = /^[0-9a-z]{3,13}$/.test(cursor) ? Number.parseInt(cursor.slice(0, -2), 36) : Number.NaN
  if (!(key < LAST_SECOND * KEY_STEP) || cursor !== cursorOf(key))
    throw new RangeError('no page of this archive gave this cursor: take `next` of a page as it is')
  return key
}
