import { defineSink } from '../../../src/connector.ts'
import { JSON_FORMAT_NAMES } from '../../../src/formats/formats.ts'
import { config } from './config.ts'
import { previewEntry } from './preview.ts'
import { createSink } from './sink.ts'

export const definition = defineSink({
  type: 'eventbridge',
  title: 'Amazon EventBridge',
  summary: 'Puts each event onto an event bus, where rules route it.',
  config,
  // `Detail` must be a JSON object.
  formats: JSON_FORMAT_NAMES,
  copiesPayloads: true,
  limits: () => ({
    defaults: { maxEvents: 1000, maxBytes: 4 * 2 ** 20, maxAgeMs: 5_000, inFlight: 2, timeoutMs: 30_000 },
    maxEvents: 10_000,
    maxBytes: 64 * 2 ** 20,
  }),
  preview: previewEntry,
  create: createSink,
})
