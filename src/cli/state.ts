/** `auditferry state`: checkpoints and cursors, shown, written to a file, and brought back from one. */
import type { Command } from 'commander'
import { describeFileError, OperationError } from '../errors.ts'
import {
  backfillsToRepeat,
  type MirrorDocument,
  type MirroredSource,
  readDocument,
  writeDocument,
} from '../mirror/document.ts'
import { CONFIG_OPTION } from './config-option.ts'
import { writeOutput } from './output.ts'
import { readInput } from './read-input.ts'
import { print, printJson, processSeams, type Seams, screenOf, withEngine } from './seams.ts'
import { renderState } from './state-view.ts'

interface Options {
  readonly config?: string
  readonly json?: true
  readonly force?: true
  readonly output?: string
}

export function register(program: Command, seams: Seams = processSeams): void {
  const group = program.command('state').description('show, export or import checkpoints and cursors')
  const command = (name: string, description: string) =>
    group
      .command(name)
      .description(description)
      .option(...CONFIG_OPTION)

  command('show', 'show where each source and each sink is')
    .option('--json', 'print one JSON document')
    .action(async ({ config, json }: Options) => {
      const state = await read(seams, config)
      if (json) printJson(seams, state)
      else print(seams, renderState(state, screenOf(seams).width))
    })
  command('export', 'write it to a file, as `state.mirror` does')
    .option('-o, --output <file>', 'new file to write; - is standard output', '-')
    .option('--json', 'no effect: the output is JSON anyway')
    .action(async ({ config, output = '-' }: Options) => {
      const state = await read(seams, config)
      await writeOutput(output, {}, (write) => write(writeDocument(state)))
    })
  command(
    'import <file>',
    'resume from an exported state or a mirror (- is standard input); no engine may be running',
  )
    .option('--force', 'also for sources that have a state')
    .option('--json', 'print one JSON document')
    .action((file: string, options: Options) => importFrom(file, options, seams))
}

const read = (seams: Seams, config?: string) => withEngine(seams, config, ({ api }) => api.exportState())

async function importFrom(file: string, { config, json, force }: Options, seams: Seams): Promise<void> {
  const document = await readExported(file, seams)
  await withEngine(seams, config, async ({ api }) => {
    if (api.importState === undefined) {
      throw new OperationError('an engine is running and owns the state: stop it, import, and start it again')
    }
    const imported = await api.importState(document, force === true)
    const leftOut = Object.keys(document.sources).filter((id) => !imported.includes(id))
    const repeat = imported.flatMap((id) => backfillsToRepeat(id, document.sources[id] as MirroredSource))
    if (json) return printJson(seams, { imported, leftOut, repeat })
    const lines = [`Imported: ${imported.length === 0 ? 'nothing' : imported.join(', ')}.`]
    if (leftOut.length > 0)
      lines.push(`Left out, as the configuration does not have it: ${leftOut.join(', ')}.`)
    if (repeat.length > 0)
      lines.push('What a backfill read may not have reached every sink. To read it again:', ...repeat)
    print(seams, lines)
  })
}

async function readExported(file: string, seams: Seams): Promise<MirrorDocument> {
  const name = file === '-' ? 'standard input' : file
  const text = await readInput(file, seams).catch((error: unknown) => {
    throw new OperationError(`${name}: ${describeFileError(error)}`)
  })
  return readDocument(text, name)
}
