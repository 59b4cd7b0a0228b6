import { defineSink } from '../../../src/connector.ts'
import { JSON_FORMAT_NAMES } from '../../../src/formats/formats.ts'
import { config, isFifo } from './config.ts'
import { previewMessage } from './preview.ts'
import { createSink } from './sink.ts'

export const definition = defineSink({
  type: 'sqs',
  title: 'Amazon SQS',
  summary: 'Sends each event as a message to a queue, standard or FIFO.',
  config,
  // A queue takes no control characters; only JSON escapes them.
  formats: JSON_FORMAT_NAMES,
  copiesPayloads: true,
  limits: ({ queue_url }) => ({
    defaults: {
      maxEvents: 1000,
      maxBytes: 4 * 2 ** 20,
      maxAgeMs: 5_000,
      // In a FIFO queue two batches at once would mix.
      inFlight: isFifo(queue_url) ? 1 : 2,
      timeoutMs: 30_000,
    },
    maxEvents: 10_000,
    maxBytes: 64 * 2 ** 20,
  }),
  preview: previewMessage,
  create: createSink,
})
