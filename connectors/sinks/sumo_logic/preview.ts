import type { Batch, Preview, SinkContext } from '../../../src/connector.ts'
import { addedHeaders } from '../../../src/lib/http/poster.ts'
import { type Config, metadataHeaders, shownAddress } from './config.ts'

export function previewRequest(
  config: Config,
  { version }: Pick<SinkContext, 'version'>,
  { events }: Batch,
): Preview {
  return {
    place: `POST ${shownAddress(config.endpoint)}`,
    headers: {
      ...addedHeaders(version, config),
      ...metadataHeaders(config),
    },
    body: events.map(({ payload }) => Buffer.from(payload).toString()).join('\n'),
  }
}
