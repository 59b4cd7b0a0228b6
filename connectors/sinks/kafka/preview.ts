import type { Batch, Preview, SinkContext } from '../../../src/connector.ts'
import type { Config } from './config.ts'
import { createEncoder } from './encode.ts'

/** Without the partition, which is chosen only when the brokers have said how many there are. */
export function previewRecord(
  config: Config,
  { format }: Pick<SinkContext, 'format'>,
  batch: Batch,
): Preview {
  const encode = createEncoder(config, { format: format.name, partitions: 1, hash: () => 0 })
  const [record] = encode(batch)
  const headers = [...(record?.headers ?? [])].map(([name, value]) => [`${name}`, `${value}`])
  const key = record?.key === undefined ? '' : `, key ${record.key}`
  return {
    place: `topic ${config.topic} at ${config.brokers.join(', ')}${key}, timestamp ${record?.timestamp ?? ''}`,
    headers: Object.fromEntries(headers),
    body: `${record?.value ?? ''}`,
  }
}
