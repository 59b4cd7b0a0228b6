import { defineSink } from '../../../src/connector.ts'
import { JSON_FORMAT_NAMES } from '../../../src/formats/formats.ts'
import { config } from './config.ts'
import { previewRequest } from './preview.ts'
import { createSink } from './sink.ts'

export const definition = defineSink({
  type: 'webhook',
  title: 'Webhook',
  summary:
    'Posts events in any JSON format to an HTTP endpoint: as signed Standard Webhooks, CloudEvents or NDJSON.',
  config,
  formats: JSON_FORMAT_NAMES,
  copiesPayloads: true,
  limits: () => ({
    defaults: { maxEvents: 100, maxBytes: 1 << 20, maxAgeMs: 1_000, inFlight: 4, timeoutMs: 20_000 },
  }),
  preview: previewRequest,
  create: createSink,
})
