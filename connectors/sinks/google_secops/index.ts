import { defineSink } from '../../../src/connector.ts'
import { FORMAT_NAMES } from '../../../src/formats/formats.ts'
import { config } from './config.ts'
import { MOST_ENTRIES, mostPayloadBytes } from './encode.ts'
import { previewRequest } from './preview.ts'
import { createSink } from './sink.ts'

export const definition = defineSink({
  type: 'google_secops',
  title: 'Google SecOps',
  summary: 'Sends events to Google SecOps (Chronicle): as UDM events, or as raw logs of a log type.',
  config,
  formats: ['udm', ...FORMAT_NAMES.filter((name) => name !== 'udm')],
  refuse({ log_type }, format) {
    const isUdm = format === 'udm'
    if (isUdm === (log_type === undefined)) return undefined
    const message = isUdm
      ? 'goes with raw logs: leave it out, or choose another `format`, such as `native`'
      : `is required with \`format: ${format}\`: the log type whose parser reads it`
    return { option: 'log_type', message }
  },
  copiesPayloads: true,
  limits: (options) => ({
    defaults: {
      maxEvents: MOST_ENTRIES,
      maxBytes: mostPayloadBytes(options),
      maxAgeMs: 5_000,
      inFlight: 4,
      timeoutMs: 60_000,
    },
    maxEvents: MOST_ENTRIES,
    maxBytes: mostPayloadBytes(options),
  }),
  preview: previewRequest,
  create: createSink,
})
