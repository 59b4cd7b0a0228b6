import type { Batch, Preview, SinkContext } from '../../../src/connector.ts'
import { addedHeaders } from '../../../src/lib/http/poster.ts'
import { BULK_HEADERS, bulkAddress } from './client.ts'
import type { Config } from './config.ts'
import { createEncoder } from './encode.ts'

export function previewRequest(
  config: Config,
  { format, version }: Pick<SinkContext, 'format' | 'version'>,
  { events }: Batch,
): Preview {
  return {
    place: `POST ${decodeURIComponent(bulkAddress(config))}`,
    headers: {
      ...(config.auth !== undefined && { authorization: SCHEMES[config.auth.type] }),
      ...addedHeaders(version, config),
      ...BULK_HEADERS,
    },
    body: createEncoder(config, format.name)(events).toString(),
  }
}

const SCHEMES = {
  api_key: 'ApiKey [secret]',
  basic: 'Basic [secret]',
  bearer: 'Bearer [secret]',
  sigv4: 'AWS4-HMAC-SHA256 [signature]',
} as const
