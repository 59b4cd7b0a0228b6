import type { LineFormat } from './format.ts'
import { recordBytes, recordText } from './record-text.ts'

/** The record as the source gave it, one JSON document per line. */
export const raw: LineFormat = {
  name: 'raw',
  contentType: 'application/json',
  extension: 'ndjson',
  lineEnd: '\n',
  requires: ['raw'],
  encode(event) {
    const text = recordText(event)
    // An empty line would count as the event's.
    if (text === undefined)
      throw new Error(
        'the event has no record any more (a redaction left it out, or it came without one); another format holds the rest of it',
      )
    return text
  },
  encodeLine: recordBytes,
}
