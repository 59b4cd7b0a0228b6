import type { Batch, Preview, SinkContext } from '../../../src/connector.ts'
import { contentType, groupByHour, objectKey, pieces } from '../../../src/lib/sinks/hour-objects.ts'
import type { Config } from './config.ts'

/** The object that a batch of one event becomes, before compression. */
export function previewObject(
  config: Config,
  { format }: Pick<SinkContext, 'format'>,
  batch: Batch,
): Preview {
  const [group] = groupByHour(batch.events)
  if (group === undefined)
    return { place: 'no object: the year of the event does not fit into a key', body: '' }
  return {
    place: `s3://${config.bucket}/${objectKey(batch, group, format, config)}`,
    headers: { 'content-type': contentType(format, config.compression) },
    body: Buffer.concat([...pieces(group, format, config.integrity === 'chain')]).toString(),
  }
}
