import type { Batch, Preview, SinkContext } from '../../../src/connector.ts'
import { addressOf, type Config, framingOf } from './config.ts'
import { createEncoder } from './encode.ts'

export function previewFrames(
  config: Config,
  { format }: Pick<SinkContext, 'format'>,
  { events }: Batch,
): Preview {
  const { host, port, secure } = addressOf(config.endpoint)
  const framing = framingOf(config) === 'lf' ? 'LF framing' : 'octet counting'
  const { bytes, refused } = createEncoder(config, format)(events)
  return {
    place: `${secure ? 'tls' : 'tcp'}://${host.includes(':') ? `[${host}]` : host}:${port}, ${framing}`,
    body: [bytes.toString(), ...refused.values()].join(''),
  }
}
