import { defineSink } from '../../../src/connector.ts'
import { FORMAT_NAMES } from '../../../src/formats/formats.ts'
import { OBJECT_LIMITS } from '../../../src/lib/sinks/object-sink.ts'
import { config } from './config.ts'
import { previewObject } from './preview.ts'
import { createSink } from './sink.ts'

export const definition = defineSink({
  type: 'azure_blob',
  title: 'Azure Blob Storage',
  summary: 'Writes blobs of one hour each into a container of Azure Blob Storage.',
  config,
  formats: FORMAT_NAMES,
  copiesPayloads: true,
  limits: () => OBJECT_LIMITS,
  preview: previewObject,
  create: createSink,
})
