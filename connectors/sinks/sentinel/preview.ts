import type { Batch, Preview, SinkContext } from '../../../src/connector.ts'
import { addedHeaders } from '../../../src/lib/http/poster.ts'
import { bodyOf } from '../../../src/lib/sinks/entry-sink.ts'
import { type Config, ingestionAddress } from './config.ts'
import { createWriter, LIMITS, separator, wrap } from './encode.ts'

export function previewRequest(
  config: Config,
  { format, version }: Pick<SinkContext, 'format' | 'version'>,
  batch: Batch,
): Preview {
  const write = createWriter(format.name !== 'asim')
  return {
    place: `POST ${ingestionAddress(config)}`,
    headers: {
      authorization: 'Bearer [token]',
      ...addedHeaders(version, config),
      'content-type': 'application/json',
    },
    body: Buffer.from(bodyOf(batch, { write, separator, wrap, limits: LIMITS }).body).toString(),
  }
}
