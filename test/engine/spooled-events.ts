/** Events in a store's log, as a poll would have spooled them. */
import type { LaneEntry } from '../../src/deliver/entries.ts'
import type { AuditEvent } from '../../src/event.ts'
import { native } from '../../src/formats/native.ts'
import { collectMinutes } from '../../src/ledger/minutes.ts'
import type { ByteWriter } from '../../src/lib/byte-writer.ts'
import { createPacker } from '../../src/spool/codec.ts'
import { freshSource } from '../../src/spool/source-state.ts'
import type { Store } from '../../src/spool/store.ts'

export function writeNativeLine(out: ByteWriter, event: AuditEvent): void {
  out.text(native.encode(event))
}

export async function spool(store: Store, events: readonly AuditEvent[], source = 'acme'): Promise<void> {
  const { end } = await store.bounds(source)
  const minutes = collectMinutes()
  for (const event of events) minutes.add(event.uid, event.timestamp)
  const entry = { base: end, count: events.length, blob: await createPacker()(events, writeNativeLine) }
  const state = { ...freshSource, spooled: end + events.length }
  await store.append({ source, state, entry, ledger: minutes.minutes(), quarantined: [] })
}

/** Everything that an entry says about its events. */
export function contentOf(entry: LaneEntry) {
  return Array.from({ length: entry.count }, (_, index) => ({
    uid: entry.uid(index),
    timestamp: entry.timestamp(index),
    size: entry.size(index),
    line: entry.line(index).toString(),
  }))
}
