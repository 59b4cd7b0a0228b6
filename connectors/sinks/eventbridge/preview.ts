import type { Batch, Preview } from '../../../src/connector.ts'
import { previewOfEntries } from '../../../src/lib/aws/entries.ts'
import type { EventBridgeConfig } from './config.ts'
import { entryWriter } from './encode.ts'

export function previewEntry(config: EventBridgeConfig, _: unknown, { events }: Batch): Preview {
  return {
    place: `PutEvents ${config.event_bus}`,
    headers: { authorization: 'AWS4-HMAC-SHA256 [signature]' },
    body: previewOfEntries(events, entryWriter(config)),
  }
}
