import { defineSink } from '../../../src/connector.ts'
import { config } from './config.ts'
import { VERSION } from './encode.ts'
import { previewObject } from './preview.ts'
import { createSink } from './sink.ts'

/** "Custom sources": objects at most every five minutes. */
const ROLL_UP = { maxEvents: 20_000, maxBytes: 64 * 2 ** 20, maxAgeMs: 5 * 60_000 }

export const definition = defineSink({
  type: 'security_lake',
  title: 'Amazon Security Lake',
  summary: 'Writes Parquet objects of OCSF 1.3 into custom sources of Amazon Security Lake.',
  config,
  formats: ['ocsf'],
  fixedFormatOptions: { ocsf: { version: VERSION } },
  copiesPayloads: true,
  limits: () => ({
    defaults: { ...ROLL_UP, inFlight: 2, timeoutMs: 60_000 },
    // Objects are no larger than the payloads that they hold.
    maxBytes: 256 * 2 ** 20,
    least: {
      ...ROLL_UP,
      rule: 'Security Lake takes objects no more often than every 5 minutes, unless they are larger than 256 MB',
    },
  }),
  preview: previewObject,
  create: createSink,
})
