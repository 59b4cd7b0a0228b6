import { defineSink } from '../../../src/connector.ts'
import { FORMAT_NAMES } from '../../../src/formats/formats.ts'
import { config } from './config.ts'
import { previewFrames } from './preview.ts'
import { createSink } from './sink.ts'

export const definition = defineSink({
  type: 'syslog',
  title: 'Syslog',
  summary:
    'Sends events as RFC 5424 messages over TLS or TCP: QRadar, ArcSight, rsyslog, syslog-ng and other receivers.',
  config,
  formats: FORMAT_NAMES,
  copiesPayloads: true,
  limits: () => ({
    defaults: {
      maxEvents: 2_000,
      maxBytes: 2 << 20,
      maxAgeMs: 1_000,
      // A batch keeps its slot for as long as its connection must stay open.
      inFlight: 16,
      timeoutMs: 30_000,
    },
  }),
  preview: previewFrames,
  create: createSink,
})
