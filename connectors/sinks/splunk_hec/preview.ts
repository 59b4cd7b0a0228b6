import type { Batch, Preview, SinkContext } from '../../../src/connector.ts'
import { addedHeaders } from '../../../src/lib/http/poster.ts'
import { CHANNEL } from './client.ts'
import { addressesOf, type Config } from './config.ts'
import { createEncoder } from './encode.ts'

export function previewRequest(
  config: Config,
  { format, version }: Pick<SinkContext, 'format' | 'version'>,
  { events }: Batch,
): Preview {
  return {
    place: `POST ${addressesOf(config.endpoint).event}`,
    headers: {
      authorization: 'Splunk [secret]',
      ...addedHeaders(version, config),
      'content-type': 'application/json',
      ...(config.acknowledgements && { [CHANNEL]: '[one for each batch]' }),
    },
    body: createEncoder(config, format.contentType)(events).toString(),
  }
}
