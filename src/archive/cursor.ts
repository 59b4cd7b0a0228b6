/** Where a page ended: the key of its last event. */
import { KEY_STEP, LAST_SECOND } from './schema.ts'

export function cursorOf(key: number): string {
  return key.toString(36)
}

/** Throws RangeError for a text that no page gave. */
export function keyOfCursor(cursor: string): number {
  const key = /^[0-9a-z]{1,11}$/.test(cursor) ? Number.parseInt(cursor, 36) : Number.NaN
  if (cursor !== String(Number(key).toString(36)) || !(key < LAST_SECOND * KEY_STEP))
    throw new RangeError('no page of this archive gave this cursor: take `next` of a page as it is')
  return key
}
