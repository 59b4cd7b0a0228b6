import { defineSink } from '../../../src/connector.ts'
import { FORMAT_NAMES } from '../../../src/formats/formats.ts'
import { config } from './config.ts'
import { previewRequest } from './preview.ts'
import { createSink } from './sink.ts'

export const definition = defineSink({
  type: 'loki',
  title: 'Grafana Loki',
  summary: 'Pushes each event as a log line to Grafana Loki or Grafana Cloud Logs.',
  config,
  formats: FORMAT_NAMES,
  copiesPayloads: true,
  limits: () => ({
    // One at a time: Loki refuses what is far behind the newest of its stream.
    defaults: { maxEvents: 4_000, maxBytes: 4 << 20, maxAgeMs: 5_000, inFlight: 1, timeoutMs: 30_000 },
    // A push above the tenant's burst (6 MB by default, lines and metadata) is never accepted.
    maxEvents: 10_000,
    maxBytes: 4 << 20,
  }),
  preview: previewRequest,
  create: createSink,
})
