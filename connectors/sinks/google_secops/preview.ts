import type { Batch, Preview, SinkContext } from '../../../src/connector.ts'
import { addedHeaders } from '../../../src/lib/http/poster.ts'
import { bodyOf } from '../../../src/lib/sinks/entry-sink.ts'
import { type Config, placeOf } from './config.ts'
import { encodingOf, LIMITS, separator } from './encode.ts'

/** Raw logs of the Chronicle API are shown in base64, as they are sent. */
export function previewRequest(
  config: Config,
  { version }: Pick<SinkContext, 'version'>,
  batch: Batch,
): Preview {
  return {
    place: `POST ${placeOf(config).intake}`,
    headers: {
      authorization: 'Bearer [token]',
      ...addedHeaders(version, config),
      'content-type': 'application/json',
    },
    body: Buffer.from(bodyOf(batch, { ...encodingOf(config), limits: LIMITS, separator }).body).toString(),
  }
}
