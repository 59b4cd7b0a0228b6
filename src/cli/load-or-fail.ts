/** The configuration of a command that polls or delivers. Warnings go to stderr, errors all at once into the UsageError. */
import type { Config } from '../config/config.ts'
import { type LoadResult, loadConfig, loadConfigText } from '../config/load.ts'
import { type ConfigError, formatProblem } from '../config/problems.ts'
import { UsageError } from '../errors.ts'
import { requireConfigFile } from './read-config.ts'

export async function loadOrFail(option: string | undefined): Promise<Config> {
  return configOf(await loadConfig(requireConfigFile(option, process.env), process.env))
}

/** The same for a configuration made by the program; `file` is what it stands for. */
export async function loadTextOrFail(
  text: string,
  file: string,
  format?: (problem: ConfigError) => string,
): Promise<Config> {
  return configOf(await loadConfigText(text, file, process.env), format)
}

function configOf(loaded: LoadResult, format = formatProblem): Config {
  for (const warning of loaded.warnings) process.stderr.write(`warning: ${format(warning)}\n`)
  if (loaded.ok) return loaded.config
  const count = loaded.errors.length === 1 ? 'an error' : `${loaded.errors.length} errors`
  throw new UsageError(`the configuration has ${count}\n${loaded.errors.map(format).join('\n')}`)
}
