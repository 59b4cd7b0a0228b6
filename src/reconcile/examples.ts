/** A few events by which a person recognises what is wrong. */

import { parseNative } from '../formats/native.ts'
import { rfc3339 } from '../formats/rfc3339.ts'
import { packedPart } from '../ledger/minutes.ts'
import { unpackEntry } from '../spool/codec.ts'
import type { Store } from '../spool/store.ts'
import type { SeenEvent } from './read-source.ts'
import type { Example } from './result.ts'

export const EXAMPLES = 20

export function exampleOf({ uid, timestamp, action, description }: Omit<SeenEvent, 'expected'>): Example {
  return { uid, time: rfc3339(timestamp), action, description }
}

/** Events of which only the beginnings of their uids are known, looked up in what the spool still holds. */
export async function lookUpInSpool(
  store: Store,
  source: string,
  parts: ReadonlySet<string>,
): Promise<Map<string, Example>> {
  const found = new Map<string, Example>()
  const { start, end } = await store.bounds(source)
  for (let offset = start; offset < end && found.size < parts.size; ) {
    const packed = await store.readEntry(source, offset)
    if (packed === undefined) break
    const entry = await unpackEntry(packed)
    for (let at = 0; at < entry.count; at++) {
      const part = packedPart(entry.uid(at))
      if (parts.has(part)) found.set(part, exampleOf(parseNative(entry.line(at))))
    }
    offset = entry.base + entry.count
  }
  return found
}
