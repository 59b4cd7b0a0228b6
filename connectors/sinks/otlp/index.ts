import { defineSink } from '../../../src/connector.ts'
import { config } from './config.ts'
import { LIMITS } from './encode.ts'
import { previewRequest } from './preview.ts'
import { createSink } from './sink.ts'

export const definition = defineSink({
  type: 'otlp',
  title: 'OpenTelemetry (OTLP/HTTP)',
  summary:
    'Sends events as OpenTelemetry log records to a collector, Grafana Cloud or any other OTLP receiver.',
  config,
  formats: ['otel'],
  copiesPayloads: true,
  limits: () => ({
    // A record takes some 2.7 kB. With twice as many records, the batches under way would exceed what may lie unpacked,
    // and each would need fresh memory.
    defaults: { maxEvents: 500, maxBytes: 4 << 20, maxAgeMs: 5_000, inFlight: 4, timeoutMs: 30_000 },
    maxBytes: LIMITS.entry,
  }),
  preview: previewRequest,
  create: createSink,
})
