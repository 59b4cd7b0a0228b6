/** `auditferry validate`: checks a configuration offline and names every error in it. */
import type { Command } from 'commander'
import type { Config } from '../config/config.ts'
import { type LoadResult, loadConfig } from '../config/load.ts'
import { type ConfigError, formatProblem } from '../config/problems.ts'
import { CONFIG_OPTION } from './config-option.ts'
import { requireConfigFile } from './read-config.ts'
import { printJson, processSeams } from './seams.ts'

export function register(program: Command): void {
  program
    .command('validate')
    .description('check a configuration without contacting anything')
    .option(...CONFIG_OPTION)
    .option('--json', 'print one JSON document')
    .action((_options, command: Command) => validate(command.optsWithGlobals()))
}

async function validate(options: { config?: string; json?: boolean }): Promise<void> {
  const file = requireConfigFile(options.config, process.env)
  const result = await loadConfig(file, process.env)
  if (!result.ok) process.exitCode = 2
  if (options.json === true) printJson(processSeams, document(result))
  else print(file, result)
}

function document(result: LoadResult) {
  return { ok: result.ok, errors: result.ok ? [] : result.errors, warnings: result.warnings }
}

function print(file: string, result: LoadResult): void {
  const lines = (problems: readonly ConfigError[], mark = '') =>
    problems.map((it) => `${mark}${formatProblem(it)}\n`).join('')
  process.stderr.write(lines(result.warnings, 'warning: '))
  if (result.ok) process.stdout.write(`${file}: ok, ${summary(result.config)}\n`)
  else process.stderr.write(lines(result.errors))
}

function summary({ sources, sinks }: Config): string {
  const names = (components: Config['sources'] | Config['sinks']) =>
    Object.values(components).map(({ id, definition }) => `${id} (${definition.type})`)
  const disabled = Object.values(sinks).filter((sink) => !sink.enabled)
  const note = disabled.length === 0 ? '' : `; disabled: ${disabled.map(({ id }) => id).join(', ')}`
  return `${names(sources).join(', ')} → ${names(sinks).join(', ')}${note}`
}
