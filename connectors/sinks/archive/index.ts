import { defineSink } from '../../../src/connector.ts'
import { config } from './config.ts'
import { createSink } from './sink.ts'

export const definition = defineSink({
  type: 'archive',
  title: 'Archive',
  summary: 'Keeps every event searchable, for the console and the export API; chained and never changed.',
  config,
  formats: ['native'],
  limits: ({ database }) => ({
    defaults: {
      maxEvents: 4_000,
      maxBytes: 6 << 20,
      maxAgeMs: 1_000,
      // With a file, its thread finds the next batch waiting; in a database that batch would wait for the other's lock.
      inFlight: database === undefined ? 2 : 1,
      timeoutMs: 60_000,
    },
  }),
  keepsEvents: true,
  keepsFor: ({ retain }) => retain,
  needsAlone: ({ path }) => (path === undefined ? undefined : { option: 'path', value: path }),
  preview: ({ path }, _, { events }) => ({
    place: path ?? 'the configured database',
    body: events.map(({ payload }) => `${Buffer.from(payload).toString()}\n`).join(''),
  }),
  create: createSink,
})
