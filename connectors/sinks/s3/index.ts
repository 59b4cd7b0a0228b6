import { defineSink } from '../../../src/connector.ts'
import { FORMAT_NAMES } from '../../../src/formats/formats.ts'
import { refuseChain } from '../../../src/integrity/options.ts'
import { OBJECT_LIMITS } from '../../../src/lib/sinks/object-sink.ts'
import { config } from './config.ts'
import { previewObject } from './preview.ts'
import { createSink } from './sink.ts'

export const definition = defineSink({
  type: 's3',
  title: 'Amazon S3',
  summary: 'Writes objects of one hour each into Amazon S3 or a compatible store.',
  config,
  formats: FORMAT_NAMES,
  copiesPayloads: true,
  limits: () => ({ ...OBJECT_LIMITS, defaults: { ...OBJECT_LIMITS.defaults, maxEvents: 200_000 } }),
  refuse: ({ integrity }, format) => refuseChain(integrity, format),
  preview: previewObject,
  create: createSink,
})
