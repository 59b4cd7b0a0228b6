/** `auditferry catalogue diff`: what the server's list of event types has that the embedded catalogue lacks. */
import type { Command } from 'commander'
import type { SourceConfig } from '../config/config.ts'
import { messageOf, OperationError, SourceError } from '../errors.ts'
import { silentLogger } from '../lib/logger.ts'
import { unbroken } from '../lib/printable.ts'
import { type CatalogueDifference, differenceTo } from '../normalise/catalogue-difference.ts'
import { VERSION } from '../version.ts'
import { CONFIG_OPTION } from './config-option.ts'
import { namedSource } from './named-source.ts'
import { readConfig } from './read-config.ts'
import { print, printJson, processSeams, type Seams } from './seams.ts'

interface Options {
  readonly source?: string
  readonly config?: string
  readonly json?: true
}

export function register(program: Command, seams: Seams = processSeams): void {
  program
    .command('catalogue')
    .description('the embedded catalogue of event types')
    .command('diff')
    .description('compare it with the event types that the organisation’s server lists')
    .option('--source <id>', 'the source whose server is asked (default: the first)')
    .option(...CONFIG_OPTION)
    .option('--json', 'print one JSON document')
    .action((_options, command: Command) => diff(command.optsWithGlobals(), seams))
}

async function diff(options: Options, seams: Seams): Promise<void> {
  const { sources } = await readConfig(options.config, seams.env)
  const ids = Object.keys(sources)
  const source = sources[namedSource(ids, options.source ?? ids[0] ?? '')] as SourceConfig
  const difference = differenceTo(await listOf(source, seams))
  // Done, but what is embedded is not complete.
  if (difference.new.length > 0) process.exitCode = 3
  if (options.json) printJson(seams, { source: source.id, ...difference })
  else print(seams, render(difference))
}

async function listOf({ id, definition, options, connection }: SourceConfig, { now }: Seams) {
  const source = definition.create(options, { id, connection, logger: silentLogger, now, version: VERSION })
  try {
    const listed = (await source.eventTypes?.(AbortSignal.timeout(connection.timeoutMs))) ?? []
    // Compared with nothing, all that is embedded would count as gone.
    if (listed.length === 0) throw new OperationError('its server lists no event types')
    return listed
  } catch (thrown) {
    if (thrown instanceof SourceError && thrown.status === 404) {
      throw new OperationError(
        `${id}: the server has no list of event types (an older one?), or does not know the organisation: ${thrown.message}`,
      )
    }
    throw new OperationError(`${id}: ${messageOf(thrown)}`)
  } finally {
    await source.close()
  }
}

function render(it: CatalogueDifference): string[] {
  const lines = [
    ...it.new.map(({ event, name, ...flags }) => `new      ${event} (${name})${flagsOf(flags)}`),
    ...it.changed.map(
      ({ event, member, here, there }) =>
        `changed  ${event}: ${member} is ${there || 'empty'} there, ${here || 'empty'} here`,
    ),
    ...it.gone.map((event) => `gone     ${event}: the server lists it no more`),
  ]
  const head = `the server lists ${it.listed} event types, the embedded catalogue has ${it.known}`
  return [head, ...(lines.length === 0 ? ['no difference'] : lines.map(unbroken))]
}

function flagsOf(flags: Readonly<Record<string, boolean | string>>): string {
  const set = Object.entries(flags).flatMap(([name, value]) =>
    value === true ? [name] : typeof value === 'string' && value !== '' ? [`${name} ${value}`] : [],
  )
  return set.length === 0 ? '' : `: ${set.join(', ')}`
}
