/** What is kept of a record that can't be understood: all of it, unless it is longer than any record can be. */
import type { Unreadable } from '../../../src/connector.ts'

/** Far longer than the longest description seen; anything longer is a text without an end. */
const KEPT_WHOLE = 16 * 1024 * 1024
const KEPT_OF_LONGER = 1024 * 1024

/** `bytesOf` returns the first `most` bytes in memory of their own, or all bytes if there are no more. */
export function keptOf(
  reason: string,
  size: number,
  bytesOf: (most: number) => Uint8Array,
): Pick<Unreadable, 'unreadable' | 'bytes'> {
  if (size <= KEPT_WHOLE) return { unreadable: reason, bytes: bytesOf(size) }
  const note = `it has ${size} bytes, of which the first ${KEPT_OF_LONGER} are kept`
  return { unreadable: `${reason}; ${note}`, bytes: bytesOf(KEPT_OF_LONGER) }
}
