import type { Batch, Preview, SinkContext } from '../../../src/connector.ts'
import { addedHeaders } from '../../../src/lib/http/poster.ts'
import { bodyOf } from '../../../src/lib/sinks/entry-sink.ts'
import { addressesOf, type Config } from './config.ts'
import { createWriter, LIMITS, separator, wrap } from './encode.ts'

export function previewRequest(
  config: Config,
  { format, version }: Pick<SinkContext, 'format' | 'version'>,
  batch: Batch,
): Preview {
  const write = createWriter(config, format)
  const { body } = bodyOf(batch, { write, separator, wrap, limits: LIMITS })
  return {
    place: `POST ${addressesOf(config).intake}`,
    headers: {
      'dd-api-key': '[secret]',
      ...addedHeaders(version, config),
      'content-type': 'application/json',
    },
    body: Buffer.from(body).toString(),
  }
}
