import type { Batch, Preview } from '../../../src/connector.ts'
import type { Config } from './config.ts'
import { groupsOf, keyOf, rowOf } from './encode.ts'
import { CONTENT_TYPE } from './sink.ts'

/** The row that an event becomes, as JSON: Parquet is no text. */
export function previewObject(config: Config, _context: unknown, batch: Batch): Preview {
  const [group] = groupsOf(batch)
  if (group === undefined) {
    return { place: 'no object: the year of the event does not fit into a key', body: '' }
  }
  return {
    place: `s3://${config.bucket}/${keyOf(batch, group, config)}`,
    headers: { 'content-type': CONTENT_TYPE },
    body: group.events.map((event) => JSON.stringify(rowOf(event))).join('\n'),
  }
}
