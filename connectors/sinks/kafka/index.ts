import { defineSink } from '../../../src/connector.ts'
import { FORMAT_NAMES } from '../../../src/formats/formats.ts'
import { config } from './config.ts'
import { previewRecord } from './preview.ts'
import { createSink } from './sink.ts'

export const definition = defineSink({
  type: 'kafka',
  title: 'Apache Kafka',
  summary:
    'Writes each event as a record to a topic of Apache Kafka, Azure Event Hubs or a compatible broker.',
  config,
  formats: FORMAT_NAMES,
  limits: ({ max_message_bytes }) => ({
    // One batch at a time, so that none overtakes another.
    defaults: {
      maxEvents: 500,
      maxBytes: Math.floor(max_message_bytes * SHARE_OF_PAYLOADS),
      maxAgeMs: 1_000,
      inFlight: 1,
      timeoutMs: 30_000,
    },
    maxEvents: 10_000,
    maxBytes: max_message_bytes,
  }),
  preview: previewRecord,
  create: createSink,
})

/** The rest is left for keys and headers. */
const SHARE_OF_PAYLOADS = 0.9
