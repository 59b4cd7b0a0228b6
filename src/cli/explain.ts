/** `auditferry explain`: what each sink does with one event, and the bytes that it would be sent. */
import type { Command } from 'commander'
import type { SourceConfig } from '../config/config.ts'
import { describeFileError, UsageError } from '../errors.ts'
import type { AuditEvent } from '../event.ts'
import { originOf, parseEvent } from '../normalise/read-event.ts'
import { CONFIG_OPTION } from './config-option.ts'
import { explainSink } from './explain-sink.ts'
import { renderExplanation } from './explain-view.ts'
import { namedSource } from './named-source.ts'
import { readConfig } from './read-config.ts'
import { readInput } from './read-input.ts'
import { print, printJson, processSeams, type Seams } from './seams.ts'

interface Options {
  readonly event: string
  readonly config?: string
  readonly source?: string
  readonly json?: true
}

export function register(program: Command, seams: Seams = processSeams): void {
  program
    .command('explain')
    .description('show what each sink does with one event: rules, redaction and the final bytes')
    .requiredOption(
      '--event <file>',
      'a native event, a record of the audit API or a dead letter as JSON; - is standard input',
    )
    .option(...CONFIG_OPTION)
    .option('--source <id>', 'the source of a record (default: the first)')
    .option('--json', 'print one JSON document')
    .action((_options, command: Command) => explain(command.optsWithGlobals(), seams))
}

async function explain(options: Options, seams: Seams): Promise<void> {
  const config = await readConfig(options.config, seams.env)
  const ids = Object.keys(config.sources)
  const origin = originOf(config.sources[namedSource(ids, options.source ?? ids[0] ?? '')] as SourceConfig)
  const event = await readEvent(options.event, { origin, observedAt: seams.now() }, seams)
  const sinks = Object.values(config.sinks).map((sink) => explainSink(sink, event))
  if (options.json) printJson(seams, { event, sinks })
  else print(seams, renderExplanation(event, sinks))
}

async function readEvent(
  file: string,
  context: Parameters<typeof parseEvent>[1],
  seams: Seams,
): Promise<AuditEvent> {
  try {
    return parseEvent(await readInput(file, seams), context)
  } catch (thrown) {
    throw new UsageError(`--event ${file}: ${describeFileError(thrown)}`)
  }
}
