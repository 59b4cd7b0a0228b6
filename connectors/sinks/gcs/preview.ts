import type { Batch, Preview, SinkContext } from '../../../src/connector.ts'
import { previewOfObject } from '../../../src/lib/sinks/object-sink.ts'
import type { Config } from './config.ts'

export function previewObject(
  config: Config,
  { format }: Pick<SinkContext, 'format'>,
  batch: Batch,
): Preview {
  return previewOfObject(`gs://${config.bucket}`, config, format, batch)
}
