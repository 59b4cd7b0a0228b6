/** `auditferry pause ID`, `resume ID`: suspends a source's polls or a sink's delivery, and resumes them. */
import { type Command, Option } from 'commander'
import type { ComponentKind } from '../engine/named-component.ts'
import { UsageError } from '../errors.ts'
import { localUser } from '../trail/local-user.ts'
import { offered } from '../unknown-id.ts'
import { CONFIG_OPTION } from './config-option.ts'
import { print, printJson, processSeams, type Seams, withEngine } from './seams.ts'

interface Options {
  readonly config?: string
  readonly json?: true
  readonly kind?: ComponentKind
}

export function register(program: Command, seams: Seams = processSeams): void {
  const command = (name: string, description: string, pausing: boolean) =>
    program
      .command(`${name} <id>`)
      .description(description)
      .option(...CONFIG_OPTION)
      .addOption(
        new Option('--kind <kind>', 'needed if a source and a sink have the same id').choices([
          'source',
          'sink',
        ]),
      )
      .option('--json', 'print one JSON document')
      .action((id: string, options: Options) => change(id, pausing, options, seams))
  command('pause', 'hold the polls of a source, or the delivery to a sink, until it is resumed', true)
  command('resume', 'let a paused source or sink continue; one that paused by itself is tried at once', false)
}

async function change(id: string, pausing: boolean, options: Options, seams: Seams): Promise<void> {
  const kind = await withEngine(seams, options.config, async ({ api }) => {
    // A running engine takes the name from the token instead.
    const order = (kind: ComponentKind) => (pausing ? api.pause(kind, id, localUser()) : api.resume(kind, id))
    const { sources, sinks } = await api.status()
    const kind = options.kind ?? kindOf(id, sources, sinks)
    await order(kind).catch((error: unknown) => {
      const all = [...Object.keys(sources), ...Object.keys(sinks)]
      if (options.kind !== undefined || all.includes(id) || !(error instanceof UsageError)) throw error
      throw new UsageError(`no source or sink ${id}; there ${offered(id, all)}`)
    })
    return kind
  })
  if (options.json) printJson(seams, { kind, id, paused: pausing })
  else {
    const resume = `resume ${id}${options.kind ? ` --kind ${options.kind}` : ''}`
    print(seams, [`${kind} ${id}: ${pausing ? `paused until \`npx auditferry ${resume}\`` : 'resumed'}.`])
  }
}

function kindOf(id: string, sources: object, sinks: object): ComponentKind {
  const isSource = Object.hasOwn(sources, id)
  if (isSource && Object.hasOwn(sinks, id))
    throw new UsageError(`a source and a sink are called ${id}: say --kind`)
  // A component that no status shows may be a disabled sink.
  return isSource ? 'source' : 'sink'
}
