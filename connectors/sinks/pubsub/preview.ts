import type { Batch, Preview } from '../../../src/connector.ts'
import { ByteWriter } from '../../../src/lib/byte-writer.ts'
import type { Config } from './config.ts'
import { createEncoder } from './encode.ts'
import { topicUrl } from './sink.ts'

/** Data is in base64, as it is sent. */
export function previewRequest(config: Config, _: unknown, { events }: Batch): Preview {
  return {
    place: `POST ${topicUrl(config)}:publish`,
    headers: { authorization: 'Bearer [secret]', 'content-type': 'application/json' },
    body: createEncoder(config.ordering_key).body(events, new ByteWriter()).toString(),
  }
}
