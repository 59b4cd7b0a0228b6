import { defineSink } from '../../../src/connector.ts'
import { FORMAT_NAMES } from '../../../src/formats/formats.ts'
import { config } from './config.ts'
import { previewRequest } from './preview.ts'
import { createSink } from './sink.ts'

export const definition = defineSink({
  type: 'pubsub',
  title: 'Google Cloud Pub/Sub',
  summary: 'Publishes each event as a message to a topic.',
  config,
  formats: FORMAT_NAMES,
  copiesPayloads: true,
  limits: ({ ordering_key }) => ({
    defaults: {
      maxEvents: 2000,
      maxBytes: 8 * 2 ** 20,
      maxAgeMs: 5_000,
      // Two batches at once would mix under one ordering key.
      inFlight: ordering_key === undefined ? 2 : 1,
      timeoutMs: 30_000,
    },
    maxEvents: 20_000,
    maxBytes: 64 * 2 ** 20,
  }),
  preview: previewRequest,
  create: createSink,
})
