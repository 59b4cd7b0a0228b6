import { defineSink } from '../../../src/connector.ts'
import { FORMAT_NAMES } from '../../../src/formats/formats.ts'
import { config } from './config.ts'
import { previewRequest } from './preview.ts'
import { createSink, MOST_BYTES } from './sink.ts'

/** A table needs its header line, which a stream of messages doesn't have. */
const TABLES = ['csv', 'pulumi_csv']

export const definition = defineSink({
  type: 'sumo_logic',
  title: 'Sumo Logic',
  summary: 'Sends events to an HTTP source of Sumo Logic, one per line.',
  config,
  formats: FORMAT_NAMES.filter((name) => !TABLES.includes(name)),
  copiesPayloads: true,
  limits: () => ({
    defaults: { maxEvents: 500, maxBytes: 900_000, maxAgeMs: 5_000, inFlight: 4, timeoutMs: 30_000 },
    // Each line ends in a line feed, one byte more.
    maxEvents: 10_000,
    maxBytes: MOST_BYTES - 10_000,
  }),
  preview: previewRequest,
  create: createSink,
})
