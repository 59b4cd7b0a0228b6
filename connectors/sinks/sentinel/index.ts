import { defineSink } from '../../../src/connector.ts'
import { config } from './config.ts'
import { MOST_BYTES } from './encode.ts'
import { previewRequest } from './preview.ts'
import { createSink } from './sink.ts'

/** `{"TimeGenerated":"2026-11-22T22:00:00Z",` and a comma. */
const AROUND_ROW = 42
const MOST_EVENTS = 2_000

export const definition = defineSink({
  type: 'sentinel',
  title: 'Microsoft Sentinel',
  summary: 'Sends events to a table of Microsoft Sentinel through the Logs Ingestion API of Azure Monitor.',
  config,
  formats: ['native', 'asim'],
  copiesPayloads: true,
  limits: () => ({
    defaults: { maxEvents: 1_000, maxBytes: 900_000, maxAgeMs: 5_000, inFlight: 4, timeoutMs: 30_000 },
    maxEvents: MOST_EVENTS,
    maxBytes: MOST_BYTES - MOST_EVENTS * AROUND_ROW,
  }),
  preview: previewRequest,
  create: createSink,
})
