import type { Batch, Preview } from '../../../src/connector.ts'
import { previewOfEntries } from '../../../src/lib/aws/entries.ts'
import { isFifo, type SqsConfig } from './config.ts'
import { encodeMessage, writeMessage } from './encode.ts'

export function previewMessage(config: SqsConfig, _: unknown, batch: Batch): Preview {
  const group = isFifo(config.queue_url) ? (config.message_group_id ?? '') : undefined
  const entries = batch.events.map((event) => encodeMessage(event, batch, group).entry)
  return {
    place: `SendMessageBatch ${config.queue_url}`,
    headers: { authorization: 'AWS4-HMAC-SHA256 [signature]' },
    body: previewOfEntries(entries, writeMessage),
  }
}
