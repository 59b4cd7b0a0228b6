/** Records of a stream. Pure. */
import type { BatchEvent } from '../../../src/connector.ts'
import type { ByteWriter } from '../../../src/lib/byte-writer.ts'
import type { Encoded } from '../../../src/lib/sinks/entry-requests.ts'
import type { Config } from './config.ts'

/** https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html; bytes include the partition keys. */
export const LIMITS = { entries: 500, bytes: 5 * 2 ** 20, bytesOfOne: 2 ** 20 }

interface StreamEntry {
  readonly payload: Uint8Array
  readonly key: string
}

export function encodeRecord(event: BatchEvent, by: Config['partition_key']): Encoded<StreamEntry> {
  const key = partitionKey(event, by)
  return { bytes: event.payload.length + Buffer.byteLength(key), entry: { payload: event.payload, key } }
}

/** JSON of a `PutRecordsRequestEntry`. */
export function writeRecord({ payload, key }: StreamEntry, out: ByteWriter): void {
  out.ascii('{"Data":"')
  out.ascii(Buffer.from(payload.buffer, payload.byteOffset, payload.length).toString('base64'))
  out.ascii('","PartitionKey":')
  out.json(key)
  out.ascii('}')
}

/**
 * 1 to 256 characters; events without a user are spread by uid. `event` is read only if needed, because reading it
 * parses it.
 */
function partitionKey(it: BatchEvent, by: Config['partition_key']): string {
  if (by === 'uid') return it.uid
  const { organization, actor } = it.event
  const key = by === 'organization' ? organization : actor.login || actor.name
  // A service may refuse half of a character.
  return key.slice(0, 256).toWellFormed() || it.uid
}
