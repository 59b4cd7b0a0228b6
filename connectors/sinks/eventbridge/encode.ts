/** Entries of an event bus. Pure. */
import type { PutEventsRequestEntry } from '@aws-sdk/client-eventbridge'
import type { BatchEvent } from '../../../src/connector.ts'
import type { Encoded } from '../../../src/lib/entry-requests.ts'
import type { EventBridgeConfig } from './config.ts'

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html */
export const LIMITS = { entries: 10, bytes: 2 ** 20, bytesOfOne: 2 ** 20 }

/** A time counts 14 bytes, whatever its form. */
const TIME_BYTES = 14

export function encodeEntry(
  { timestamp, payload }: Pick<BatchEvent, 'timestamp' | 'payload'>,
  config: EventBridgeConfig,
): Encoded<PutEventsRequestEntry> {
  const { source: Source, detail_type: DetailType, event_bus: EventBusName } = config
  const texts = Buffer.byteLength(Source) + Buffer.byteLength(DetailType)
  return {
    bytes: TIME_BYTES + texts + payload.length,
    entry: {
      Source,
      DetailType,
      EventBusName,
      Time: new Date(timestamp * 1000),
      Detail: Buffer.from(payload.buffer, payload.byteOffset, payload.length).toString(),
    },
  }
}
