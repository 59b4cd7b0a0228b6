import type { LineFormat } from './format.ts'

/** The record as the source gave it, one JSON document a line. */
export const raw: LineFormat = {
  name: 'raw',
  contentType: 'application/json',
  extension: 'ndjson',
  lineEnd: '\n',
  requires: ['raw'],
  encode: (event) => JSON.stringify(event.raw ?? null),
}
