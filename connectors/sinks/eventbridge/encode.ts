/** Entries of an event bus. Pure. */
import type { BatchEvent } from '../../../src/connector.ts'
import type { ByteWriter } from '../../../src/lib/byte-writer.ts'
import type { Encoded } from '../../../src/lib/sinks/entry-requests.ts'
import type { EventBridgeConfig } from './config.ts'

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html */
export const LIMITS = { entries: 10, bytes: 2 ** 20, bytesOfOne: 2 ** 20 }

/** A time counts as 14 bytes, whatever its form. */
const TIME_BYTES = 14

type Entry = Pick<BatchEvent, 'timestamp' | 'payload'>

export function encodeEntry(entry: Entry, { source, detail_type }: EventBridgeConfig): Encoded<Entry> {
  const texts = Buffer.byteLength(source) + Buffer.byteLength(detail_type)
  return { bytes: TIME_BYTES + texts + entry.payload.length, entry }
}

/** JSON of a `PutEventsRequestEntry`. */
export function entryWriter({ source: Source, detail_type: DetailType, event_bus }: EventBridgeConfig) {
  const common = JSON.stringify({ Source, DetailType, EventBusName: event_bus }).slice(0, -1)
  return ({ timestamp, payload }: Entry, out: ByteWriter) => {
    out.text(common)
    out.ascii(`,"Time":${timestamp},"Detail":`)
    out.jsonOf(payload)
    out.ascii('}')
  }
}
