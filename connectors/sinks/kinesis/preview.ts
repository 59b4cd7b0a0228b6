import type { Batch, Preview } from '../../../src/connector.ts'
import type { Config } from './config.ts'
import { encodeRecord } from './encode.ts'

/** Data is shown as text; it is sent in base64. */
export function previewRecord(config: Config, _: unknown, { events }: Batch): Preview {
  const records = events.map((event) => ({
    Data: Buffer.from(event.payload).toString(),
    PartitionKey: encodeRecord(event, config.partition_key).entry.key,
  }))
  return {
    place: `PutRecords ${config.stream}`,
    headers: { authorization: 'AWS4-HMAC-SHA256 [signature]' },
    body: JSON.stringify(records, undefined, 2),
  }
}
