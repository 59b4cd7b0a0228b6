import { defineSource } from '../../../src/connector.ts'
import { type Config, config } from './config.ts'
import { createSource } from './source.ts'

export const definition = defineSource<Config>({
  type: 'auditferry',
  title: 'auditferry',
  summary: 'Reads auditferry’s own audit trail: who paused, replayed, dropped, exported, logged in.',
  config,
  create: createSource,
})
