import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Environment } from './interpolate.ts'

/**
 * Which configuration file is meant: `-c`, then AUDITFERRY_CONFIG, then auditferry.yaml in `folder`. Only the last
 * is looked for; the others are answered as given, so that a wrong name is reported and not passed over.
 */
export function findConfig(option: string | undefined, env: Environment, folder: string): string | undefined {
  const named = option ?? env.AUDITFERRY_CONFIG
  if (named !== undefined && named !== '') return named
  const usual = join(folder, 'auditferry.yaml')
  return existsSync(usual) ? usual : undefined
}
