import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Environment } from './interpolate.ts'

/**
 * Which configuration file is meant: `-c`, then AUDITFERRY_CONFIG, then auditferry.yaml in `folder`, by default the
 * one that this runs in (asked for late, since it may be gone). Only the last is looked for; the others are answered
 * as given, so that a wrong name is reported and not passed over.
 */
export function findConfig(
  option: string | undefined,
  env: Environment,
  folder?: string,
): string | undefined {
  const named = option ?? env.AUDITFERRY_CONFIG
  if (named !== undefined && named !== '') return named
  const usual = join(folder ?? process.cwd(), 'auditferry.yaml')
  return existsSync(usual) ? usual : undefined
}
