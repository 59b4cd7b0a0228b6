import { defineSink } from '../../../src/connector.ts'
import { JSON_FORMAT_NAMES } from '../../../src/formats/formats.ts'
import { config } from './config.ts'
import { BYTES_AROUND_PAYLOAD } from './encode.ts'
import { previewRequest } from './preview.ts'
import { createSink } from './sink.ts'

/**
 * Elasticsearch takes 100 MiB a request before compression (`http.max_content_length`), as do large domains of Amazon.
 */
const MAX_EVENTS = 10_000
const MAX_BYTES = 100 * 2 ** 20 - MAX_EVENTS * BYTES_AROUND_PAYLOAD

export const definition = defineSink({
  type: 'elasticsearch',
  title: 'Elasticsearch and OpenSearch',
  summary:
    'Creates one document per event, without duplicates, in a data stream of Elasticsearch or OpenSearch.',
  config,
  formats: ['ecs', ...JSON_FORMAT_NAMES.filter((name) => name !== 'ecs')],
  copiesPayloads: true,
  limits: () => ({
    defaults: { maxEvents: 2_000, maxBytes: 5 * 2 ** 20, maxAgeMs: 5_000, inFlight: 2, timeoutMs: 60_000 },
    maxEvents: MAX_EVENTS,
    maxBytes: MAX_BYTES,
  }),
  preview: previewRequest,
  create: createSink,
})
