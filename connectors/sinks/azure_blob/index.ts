import { defineSink } from '../../../src/connector.ts'
import { FORMAT_NAMES } from '../../../src/formats/formats.ts'
import { config } from './config.ts'
import { previewObject } from './preview.ts'
import { createSink } from './sink.ts'

export const definition = defineSink({
  type: 'azure_blob',
  title: 'Azure Blob Storage',
  summary: 'Blobs of an hour each in a container of Azure Blob Storage.',
  config,
  formats: FORMAT_NAMES,
  limits: () => ({
    defaults: {
      maxEvents: 50_000,
      maxBytes: 64 * 2 ** 20,
      maxAgeMs: 5 * 60_000,
      inFlight: 2,
      timeoutMs: 60_000,
    },
    // Put Blob takes 5,000 MiB.
    maxBytes: 2 ** 30,
  }),
  preview: previewObject,
  create: createSink,
})
