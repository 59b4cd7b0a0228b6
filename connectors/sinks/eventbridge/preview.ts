import type { Batch, Preview } from '../../../src/connector.ts'
import type { EventBridgeConfig } from './config.ts'
import { encodeEntry } from './encode.ts'

export function previewEntry(config: EventBridgeConfig, _: unknown, { events }: Batch): Preview {
  return {
    place: `PutEvents ${config.event_bus}`,
    headers: { authorization: 'AWS4-HMAC-SHA256 [signature]' },
    body: JSON.stringify(
      events.map((event) => encodeEntry(event, config).entry),
      undefined,
      2,
    ),
  }
}
