import { defineSink } from '../../../src/connector.ts'
import { FORMAT_NAMES } from '../../../src/formats/formats.ts'
import { config } from './config.ts'
import { MOST_ENTRIES } from './encode.ts'
import { previewRequest } from './preview.ts'
import { createSink } from './sink.ts'

export const definition = defineSink({
  type: 'datadog',
  title: 'Datadog Logs',
  summary: 'Sends events to Datadog Logs and Cloud SIEM, with its reserved and standard attributes.',
  config,
  formats: FORMAT_NAMES,
  copiesPayloads: true,
  limits: () => ({
    defaults: { maxEvents: 500, maxBytes: 1 << 20, maxAgeMs: 5_000, inFlight: 4, timeoutMs: 30_000 },
    maxEvents: MOST_ENTRIES,
    // What surrounds an event repeats its description, so the entry is less than twice the size of the event.
    maxBytes: 2_000_000,
  }),
  preview: previewRequest,
  create: createSink,
})
