/** `auditferry explain`: what each sink does with one event, and the bytes that it would be sent. */
import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import type { Config, SinkConfig, SourceConfig } from '../config/config.ts'
import { compileRules } from '../deliver/rules.ts'
import { messageOf, UsageError } from '../errors.ts'
import type { AuditEvent } from '../event.ts'
import { native } from '../formats/native.ts'
import { originOf, parseEvent } from '../normalise/read-event.ts'
import { type Explanation, renderExplanation } from './explain-view.ts'
import { offer } from './offer.ts'
import { readConfig } from './read-config.ts'
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
      'a native event, or a record of the audit API as JSON; - is standard input',
    )
    .option('-c, --config <file>', 'configuration file (default: AUDITFERRY_CONFIG or ./auditferry.yaml)')
    .option('--source <id>', 'the source of a record (default: the first)')
    .option('--json', 'print one JSON document')
    .action((_options, command: Command) => explain(command.optsWithGlobals(), seams))
}

function explain(options: Options, seams: Seams): void {
  const config = readConfig(options.config, seams.env)
  const origin = originOf(sourceOf(config, options.source))
  const event = readEvent(options.event, { origin, observedAt: seams.now() })
  const sinks = Object.values(config.sinks).map((sink) => explainSink(sink, event))
  if (options.json) printJson(seams, { event, sinks })
  else print(seams, renderExplanation(event, sinks))
}

function explainSink(sink: SinkConfig, event: AuditEvent): Explanation {
  const about = { sink: sink.id, type: sink.definition.type }
  const left = (reason: string): Explanation => ({ ...about, takes: false, reason })
  if (!sink.enabled) return left('it is not enabled')
  if (!sink.sources.includes(event.source)) {
    return left(`it takes from ${sink.sources.join(', ')}, not from ${event.source}`)
  }
  const ruling = compileRules(sink).apply(Buffer.from(native.encode(event)))
  if (ruling.kind === 'filtered') return left(`where is false: ${sink.where}`)
  if (ruling.kind === 'failed') return left(`dead letter, ${ruling.reason}`)
  return {
    ...about,
    takes: true,
    reason: sink.where === undefined ? 'it has no filter' : `where is true: ${sink.where}`,
    redacted: sink.redact.map(({ field, with: how }) => ({ field, with: how })),
    format: sink.format,
    line: new TextDecoder().decode(ruling.payload),
  }
}

function readEvent(file: string, context: Parameters<typeof parseEvent>[1]): AuditEvent {
  try {
    return parseEvent(readFileSync(file === '-' ? 0 : file, 'utf8'), context)
  } catch (thrown) {
    throw new UsageError(`--event ${file}: ${messageOf(thrown)}`)
  }
}

function sourceOf({ sources }: Config, id: string | undefined): SourceConfig {
  const source = id === undefined ? Object.values(sources)[0] : sources[id]
  if (source === undefined) {
    throw new UsageError(
      `--source ${id}: there is no such source; there are ${offer(id ?? '', Object.keys(sources))}`,
    )
  }
  return source
}
