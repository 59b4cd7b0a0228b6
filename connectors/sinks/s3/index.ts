import { defineSink } from '../../../src/connector.ts'
import { FORMAT_NAMES } from '../../../src/formats/formats.ts'
import { refuseChain } from '../../../src/integrity/options.ts'
import { config } from './config.ts'
import { previewObject } from './preview.ts'
import { createSink } from './sink.ts'

export const definition = defineSink({
  type: 's3',
  title: 'Amazon S3',
  summary: 'Objects of an hour each in Amazon S3 or a compatible store.',
  config,
  formats: FORMAT_NAMES,
  limits: () => ({
    defaults: {
      maxEvents: 200_000,
      maxBytes: 64 * 2 ** 20,
      maxAgeMs: 5 * 60_000,
      inFlight: 2,
      timeoutMs: 60_000,
    },
    maxBytes: 2 ** 30,
  }),
  refuse: ({ integrity }, format) => refuseChain(integrity, format),
  preview: previewObject,
  create: createSink,
})
