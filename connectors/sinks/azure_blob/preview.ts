import type { Batch, Preview, SinkContext } from '../../../src/connector.ts'
import { previewOfObject } from '../../../src/lib/sinks/object-sink.ts'
import type { Config } from './config.ts'
import { endpointOf, VERSION } from './encode.ts'

export function previewObject(
  config: Config,
  { format }: Pick<SinkContext, 'format'>,
  batch: Batch,
): Preview {
  const { account, cloud, container } = config
  const own = account === undefined ? '[endpoint of the connection string]' : endpointOf(account, cloud)
  const place = `${(config.endpoint ?? own).replace(/\/+$/, '')}/${container}`
  const preview = previewOfObject(place, config, format, batch)
  if (preview.headers === undefined) return preview
  const more = { 'x-ms-version': VERSION, 'x-ms-blob-type': 'BlockBlob', 'if-none-match': '*' }
  return { ...preview, headers: { ...preview.headers, ...more } }
}
