import { defineSink } from '../../../src/connector.ts'
import { FORMAT_NAMES } from '../../../src/formats/formats.ts'
import { refuseChain } from '../../../src/integrity/options.ts'
import { config } from './config.ts'
import { encodeLines } from './encode.ts'
import { createSink } from './sink.ts'

export const definition = defineSink({
  type: 'file',
  title: 'File',
  summary: 'Appends events to a local file, one per line, with rotation; or prints them on standard output.',
  config,
  formats: FORMAT_NAMES,
  copiesPayloads: true,
  limits: () => ({
    defaults: { maxEvents: 1000, maxBytes: 1 << 20, maxAgeMs: 1_000, inFlight: 1, timeoutMs: 30_000 },
  }),
  needsAlone: ({ path }) => (path === '-' ? undefined : { option: 'path', value: path }),
  refuse: ({ integrity }, format) => refuseChain(integrity, format),
  preview: ({ path }, { format }, { events }) => ({
    place: path,
    body: encodeLines(events, format, false).toString(),
  }),
  create: createSink,
})
