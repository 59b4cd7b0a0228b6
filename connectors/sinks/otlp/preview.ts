import type { Batch, Preview, SinkContext } from '../../../src/connector.ts'
import { addedHeaders } from '../../../src/lib/http/poster.ts'
import { bodyOf } from '../../../src/lib/sinks/entry-sink.ts'
import { type Config, logsAddress } from './config.ts'
import { createProtobuf, json, LIMITS } from './encode.ts'

/** The body is shown as JSON whatever the encoding: both have the same content. */
export function previewRequest(
  config: Config,
  { version }: Pick<SinkContext, 'version'>,
  batch: Batch,
): Preview {
  const { body } = bodyOf(batch, { ...json, limits: LIMITS })
  const own = Object.keys(config.headers).map((name) => [name.toLowerCase(), '[secret]'])
  const scheme = config.auth?.type === 'basic' ? 'Basic' : 'Bearer'
  const { contentType } = config.encoding === 'json' ? json : createProtobuf()
  return {
    place: `POST ${logsAddress(config.endpoint)}`,
    headers: {
      ...addedHeaders(version, config),
      ...Object.fromEntries(own),
      ...(config.auth && { authorization: `${scheme} [secret]` }),
      'content-type': contentType,
    },
    body: Buffer.from(body).toString(),
  }
}
