import { defineSink } from '../../../src/connector.ts'
import { JSON_FORMAT_NAMES } from '../../../src/formats/formats.ts'
import { config } from './config.ts'
import { previewMessage } from './preview.ts'
import { createSink } from './sink.ts'

export const definition = defineSink({
  type: 'sqs',
  title: 'Amazon SQS',
  summary: 'Sends each event as a message to a queue, standard or FIFO.',
  config,
  // A queue takes no control characters, which JSON alone escapes.
  formats: JSON_FORMAT_NAMES,
  limits: () => ({
    defaults: { maxEvents: 1000, maxBytes: 4 * 2 ** 20, maxAgeMs: 5_000, inFlight: 2, timeoutMs: 30_000 },
    maxEvents: 10_000,
    maxBytes: 64 * 2 ** 20,
  }),
  preview: previewMessage,
  create: createSink,
})
