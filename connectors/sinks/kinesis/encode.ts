/** Records of a stream. Pure. */
import type { PutRecordsRequestEntry } from '@aws-sdk/client-kinesis'
import type { BatchEvent } from '../../../src/connector.ts'
import type { Encoded } from '../../../src/lib/entry-requests.ts'
import type { KinesisConfig } from './config.ts'

/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html, partition keys included. */
export const LIMITS = { entries: 500, bytes: 5 * 2 ** 20, bytesOfOne: 2 ** 20 }

export function encodeRecord(
  event: BatchEvent,
  by: KinesisConfig['partition_key'],
): Encoded<PutRecordsRequestEntry> {
  const PartitionKey = partitionKey(event, by)
  return {
    bytes: event.payload.length + Buffer.byteLength(PartitionKey),
    entry: { Data: event.payload, PartitionKey },
  }
}

/** 1 to 256 characters; an event without a user is spread by its uid. */
function partitionKey({ uid, event }: BatchEvent, by: KinesisConfig['partition_key']): string {
  if (by === 'uid') return uid
  const key = by === 'organization' ? event.organization : event.actor.login || event.actor.name
  return key.slice(0, 256) || uid
}
