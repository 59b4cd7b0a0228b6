/** `auditferry init`: writes a first configuration, by asking on a terminal, from its flags elsewhere. */
import { existsSync } from 'node:fs'
import type { Command } from 'commander'
import type { SinkDefinition } from '../connector.ts'
import { connectors } from '../connectors.gen.ts'
import { UsageError } from '../errors.ts'
import { loadRegistry, type Registry } from '../registry.ts'
import { type Answers, type ChosenSink, configOption, firstConfig, nextSteps } from './first-config.ts'
import { exampleOf, firstOptions, requiredOptions, whyRefused } from './first-sink.ts'
import { openOutput, writeOutput } from './output.ts'

interface InitOptions {
  readonly output: string
  readonly organization?: string
  readonly sinks?: string
  readonly force?: true
}

export function register(program: Command): void {
  program
    .command('init')
    .description('write a first configuration by asking')
    .option('-o, --output <file>', 'file to write', 'auditferry.yaml')
    .option('--organization <name>', 'the organisation whose audit log is read')
    .option('--sinks <types>', `comma-separated: ${Object.keys(connectors.sinks).join(', ')}`)
    .option('--force', 'overwrite the file')
    .action(init)
}

async function init(options: InitOptions): Promise<void> {
  if (existsSync(options.output) && options.force !== true) {
    throw new UsageError(`${options.output} exists: write another with -o, or overwrite it with --force`)
  }
  const { sinks } = await loadRegistry(connectors)
  const kind = { mode: 0o600, replaces: options.force === true }
  const asks = process.stdin.isTTY && process.stdout.isTTY
  // Tried now, so that nobody answers every question only to learn that the folder is missing.
  if (asks) await (await openOutput(options.output, kind)).discard()
  const answers = asks ? await ask(options, sinks) : fromFlags(options, sinks)
  const option = options.output === '-' ? '' : configOption(options.output)
  await writeOutput(options.output, kind, (write) => write(firstConfig(answers, option)))
  if (options.output !== '-') process.stdout.write(nextSteps(answers, options.output, option))
}

async function ask(options: InitOptions, known: Registry['sinks']): Promise<Answers> {
  const named = namedSinks(options, known)
  const prompts = await import('@clack/prompts')
  // Ctrl-D, the end of input, would otherwise leave the question unanswered for good.
  prompts.updateSettings({ aliases: { '\u0004': 'cancel' } })
  // A line feed would otherwise empty the field: programs that answer for a person send it, and so does what was typed too early.
  process.stdin.prependListener('keypress', (_text: unknown, key?: { name?: string }) => {
    if (key?.name === 'enter') key.name = 'return'
  })
  const answer = <Value>(value: Value): Exclude<Value, symbol> => {
    if (typeof value === 'symbol') throw new UsageError('cancelled, nothing was written')
    return value as Exclude<Value, symbol>
  }
  prompts.intro('auditferry: a first configuration')
  const organization = answer(
    await prompts.text({
      message: 'Organisation in Pulumi Cloud',
      initialValue: options.organization ?? '',
      validate: (text) => whyNoOrganization(text ?? ''),
    }),
  )
  const types = answer(
    await prompts.multiselect({
      message: 'Where should the events go?',
      options: [...known.values()].map(({ type, title, summary }) => ({
        value: type,
        label: title,
        hint: summary,
      })),
      initialValues: named.map(({ type }) => type),
    }),
  )
  const sinks: ChosenSink[] = []
  for (const definition of types.map((type) => sinkOfType(type, known))) {
    const values: Record<string, string> = {}
    const example = exampleOf(definition)
    for (const { name, description } of requiredOptions(definition).filter((option) => !option.isSecret)) {
      const message = `${definition.title}: ${name} (${description})`
      const suggested = String(example[name] ?? '')
      const shown = name === 'path' ? { initialValue: suggested } : { placeholder: suggested }
      const validate = (text = '') => whyRefused(definition, name, text.trim())
      values[name] = answer(await prompts.text({ message, ...shown, validate })).trim()
    }
    sinks.push(chosenSink(definition, values))
  }
  prompts.outro('Done.')
  return { organization, sinks }
}

function fromFlags(options: InitOptions, known: Registry['sinks']): Answers {
  if (options.organization === undefined)
    throw new UsageError('not on a terminal, so nothing can be asked: give --organization')
  const fault = whyNoOrganization(options.organization)
  if (fault !== undefined) throw new UsageError(`--organization: ${fault}`)
  const sinks = namedSinks(options, known).map((definition) => chosenSink(definition, {}))
  return { organization: options.organization, sinks }
}

function namedSinks({ sinks = 'file' }: InitOptions, known: Registry['sinks']): SinkDefinition[] {
  const types = new Set(sinks.split(',').map((type) => type.trim()))
  return [...types].map((type) => sinkOfType(type, known))
}

function chosenSink(definition: SinkDefinition, answers: Readonly<Record<string, string>>): ChosenSink {
  const options = firstOptions(definition, answers)
  return { type: definition.type, options, answered: Object.keys(answers) }
}

function whyNoOrganization(name: string): string | undefined {
  if (name.trim() === '') return 'the name is empty'
  return /[\s/]/.test(name)
    ? 'the name holds a blank or a slash: give it as it stands in app.pulumi.com/NAME'
    : undefined
}

function sinkOfType(type: string, known: Registry['sinks']): SinkDefinition {
  const definition = known.get(type)
  if (definition === undefined) {
    throw new UsageError(
      `--sinks: no sink ${type || '(an empty name)'}; there are ${[...known.keys()].join(', ')}`,
    )
  }
  return definition
}
