import type { Batch, Preview } from '../../../src/connector.ts'
import type { Config } from './config.ts'
import { classOf, daysOf, keyOf } from './encode.ts'
import { rowOf } from './row.ts'
import { CONTENT_TYPE } from './sink.ts'

/** The row that an event becomes, as JSON, since Parquet is not text. */
export function previewObject(config: Config, _context: unknown, batch: Batch): Preview {
  const [day] = daysOf(batch)
  const [event] = day?.events ?? []
  if (day === undefined || event === undefined) {
    return { place: 'no object: the year of the event does not fit into a key', body: '' }
  }
  return {
    place: `s3://${config.bucket}/${keyOf(batch, { ...day, class: classOf(event.payload) }, config)}`,
    headers: { 'content-type': CONTENT_TYPE },
    body: Buffer.from(JSON.stringify(rowOf(event.payload)), 'latin1').toString(),
  }
}
