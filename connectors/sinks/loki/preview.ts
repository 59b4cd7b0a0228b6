import type { Batch, Preview, SinkContext } from '../../../src/connector.ts'
import { addedHeaders } from '../../../src/lib/http/poster.ts'
import { type Config, pushAddress } from './config.ts'
import { encodePush } from './encode.ts'

export function previewRequest(
  config: Config,
  { version }: Pick<SinkContext, 'version'>,
  batch: Batch,
): Preview {
  return {
    place: `POST ${pushAddress(config)}`,
    headers: {
      ...(config.auth !== undefined && {
        authorization: `${config.auth.type === 'basic' ? 'Basic' : 'Bearer'} [secret]`,
      }),
      ...(config.tenant !== undefined && { 'x-scope-orgid': config.tenant }),
      ...addedHeaders(version, config),
      'content-type': 'application/json',
    },
    body: encodePush(batch, config).toString(),
  }
}
