import { defineSink } from '../../../src/connector.ts'
import { FORMAT_NAMES } from '../../../src/formats/formats.ts'
import { config } from './config.ts'
import { previewRecord } from './preview.ts'
import { createSink } from './sink.ts'

export const definition = defineSink({
  type: 'kinesis',
  title: 'Amazon Kinesis Data Streams',
  summary: 'Puts each event as a record into a stream.',
  config,
  formats: FORMAT_NAMES,
  copiesPayloads: true,
  limits: () => ({
    defaults: { maxEvents: 2000, maxBytes: 8 * 2 ** 20, maxAgeMs: 5_000, inFlight: 2, timeoutMs: 30_000 },
    maxEvents: 20_000,
    maxBytes: 64 * 2 ** 20,
  }),
  preview: previewRecord,
  create: createSink,
})
