import { defineSource } from '../../../src/connector.ts'
import { type Config, config } from './config.ts'
import { createSource } from './source.ts'
import { recordsOfExport } from './v1.ts'

export const definition = defineSource<Config>({
  type: 'pulumi',
  title: 'Pulumi Cloud',
  summary: 'Reads an organisation’s audit log from Pulumi Cloud, hosted or self-hosted.',
  config,
  create: createSource,
  readExport: (pieces, latest) => recordsOfExport(pieces, { latest, cure: '', lines: true }),
})
