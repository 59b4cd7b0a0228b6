/** Normalises the records of completely read seconds and gives each event its uid. */
import type { RecordFields } from '../connector.ts'
import { eventUid } from '../event.ts'
import { writeNative } from '../formats/native.ts'
import { ByteWriter } from '../lib/byte-writer.ts'
import type { NormalisedEvent } from './normalise.ts'

export interface UidEvent {
  readonly uid: string
  readonly timestamp: number
  readonly normalised: NormalisedEvent
}

/**
 * Records come newest first, with those of one second together; events are returned oldest first. The ordinal counts
 * identical records within their second, so it is right only if the whole second is there; with a part of it the count
 * is too low, which may miss a twin but never invents one.
 */
export function normalisePage(
  records: readonly RecordFields[],
  normalise: (record: RecordFields, observedAt: number) => NormalisedEvent,
  observedAt: number,
): UidEvent[] {
  const events = new Array<UidEvent>(records.length)
  const twins = new Map<string, number>()
  const scratch = new ByteWriter()
  let second = Number.NaN
  for (let i = 0; i < records.length; i++) {
    const record = records[i] as RecordFields
    if (record.timestamp !== second) {
      second = record.timestamp
      twins.clear()
    }
    const normalised = normalise(record, observedAt)
    const { identity } = normalised
    const first = eventUid(identity, 0, scratch)
    const ordinal = twins.get(first) ?? 0
    twins.set(first, ordinal + 1)
    const uid = ordinal === 0 ? first : eventUid(identity, ordinal, scratch)
    events[records.length - 1 - i] = { uid, timestamp: second, normalised }
  }
  return events
}

export function writeLine(out: ByteWriter, { uid, normalised }: UidEvent): void {
  writeNative(out, uid, normalised)
}
