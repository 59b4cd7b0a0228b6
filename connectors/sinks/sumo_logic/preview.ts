import type { Batch, Preview, SinkContext } from '../../../src/connector.ts'
import { type Config, metadataHeaders, shownAddress } from './config.ts'

export function previewRequest(
  config: Config,
  { version }: Pick<SinkContext, 'version'>,
  { events }: Batch,
): Preview {
  return {
    place: `POST ${shownAddress(config.endpoint)}`,
    headers: {
      'user-agent': `auditferry/${version}`,
      ...metadataHeaders(config),
      ...(config.compression === 'gzip' && { 'content-encoding': 'gzip' }),
    },
    body: events.map(({ payload }) => Buffer.from(payload).toString()).join('\n'),
  }
}
