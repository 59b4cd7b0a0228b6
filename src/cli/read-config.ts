import type { Config } from '../config/config.ts'
import { findConfig } from '../config/find.ts'
import type { Environment } from '../config/interpolate.ts'
import { loadConfig } from '../config/load.ts'
import { formatProblem } from '../config/problems.ts'
import { UsageError } from '../errors.ts'

/** Which file a command means. Throws UsageError when none is named or found. */
export function requireConfigFile(option: string | undefined, env: Environment): string {
  const file = findConfig(option, env)
  if (file !== undefined) return file
  throw new UsageError(
    'no configuration: name one with -c or AUDITFERRY_CONFIG, write ./auditferry.yaml with `npx auditferry init`, or try `npx auditferry demo`',
  )
}

/**
 * The configuration for a command that asks, or works on the state. Its warnings are left to commands that poll or
 * deliver, which use `loadOrFail`. Throws UsageError with every error of the file, one per line.
 */
export async function readConfig(
  option: string | undefined,
  env: Environment = process.env,
): Promise<Config> {
  const loaded = await loadConfig(requireConfigFile(option, env), env)
  if (!loaded.ok) throw new UsageError(loaded.errors.map(formatProblem).join('\n'))
  return loaded.config
}
