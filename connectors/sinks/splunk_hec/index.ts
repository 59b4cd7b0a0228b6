import { defineSink } from '../../../src/connector.ts'
import { FORMAT_NAMES } from '../../../src/formats/formats.ts'
import { config } from './config.ts'
import { previewRequest } from './preview.ts'
import { createSink } from './sink.ts'

export const definition = defineSink({
  type: 'splunk_hec',
  title: 'Splunk HTTP Event Collector',
  summary: 'Sends events to Splunk Enterprise or Splunk Cloud, optionally with proof that each was indexed.',
  config,
  formats: FORMAT_NAMES,
  copiesPayloads: true,
  limits: ({ acknowledgements }) => ({
    defaults: {
      maxEvents: 500,
      maxBytes: 1 << 20,
      maxAgeMs: 5_000,
      // A batch that waits for its acknowledgement holds its slot for seconds, so many must wait at once.
      inFlight: acknowledgements ? 32 : 2,
      timeoutMs: 30_000,
    },
  }),
  preview: previewRequest,
  create: createSink,
})
