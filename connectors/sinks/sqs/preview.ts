import type { Batch, Preview } from '../../../src/connector.ts'
import { isFifo, type SqsConfig } from './config.ts'
import { encodeMessage } from './encode.ts'

export function previewMessage(config: SqsConfig, _: unknown, batch: Batch): Preview {
  const group = isFifo(config.queue_url) ? (config.message_group_id ?? '') : undefined
  const entries = batch.events.map((event) => encodeMessage(event, batch, group).entry)
  return {
    place: `SendMessageBatch ${config.queue_url}`,
    headers: { authorization: 'AWS4-HMAC-SHA256 [signature]' },
    body: JSON.stringify(entries, undefined, 2),
  }
}
