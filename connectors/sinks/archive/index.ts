import { defineSink } from '../../../src/connector.ts'
import { config } from './config.ts'
import { createSink } from './sink.ts'

export const definition = defineSink({
  type: 'archive',
  title: 'Archive',
  summary: 'Keeps every event searchable, for the console and the export API; chained and never changed.',
  config,
  formats: ['native'],
  limits: () => ({
    defaults: { maxEvents: 5_000, maxBytes: 8 << 20, maxAgeMs: 1_000, inFlight: 1, timeoutMs: 60_000 },
  }),
  keepsEvents: true,
  needsAlone: ({ path }) => (path === undefined ? undefined : { option: 'path', value: path }),
  preview: ({ path }, _, { events }) => ({
    place: path ?? 'the configured database',
    body: events.map(({ payload }) => `${Buffer.from(payload).toString()}\n`).join(''),
  }),
  create: createSink,
})
