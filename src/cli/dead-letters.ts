/** `auditferry dead-letters`: lists, shows, retries, drops or exports what a sink refused for good. */
import { createInterface } from 'node:readline/promises'
import type { Command } from 'commander'
import { deadLetterToJson } from '../engine/dead-letter-json.ts'
import type { EngineQueries } from '../engine/engine-queries.ts'
import { OperationError, UsageError } from '../errors.ts'
import { deadLetterPages, queuedBeside } from '../spool/dead-letter-pages.ts'
import type { DeadLetter, DeadLetterQuery } from '../spool/store.ts'
import { unknownId } from '../unknown-id.ts'
import { CONFIG_OPTION } from './config-option.ts'
import { type ListedLetter, renderDeadLetter, renderDeadLetters } from './dead-letters-view.ts'
import { writeOutput } from './output.ts'
import { print, printJson, printMembers, processSeams, type Seams, screenOf, withEngine } from './seams.ts'

interface Options {
  readonly config?: string
  readonly json?: true
  readonly sink?: string
  readonly all?: true
  readonly yes?: true
  readonly output?: string
}

export function register(program: Command, seams: Seams = processSeams): void {
  const group = program
    .command('dead-letters')
    .description('list, show, retry, drop or export the events that a sink refused for good')
  const command = (name: string, description: string) =>
    group
      .command(name)
      .description(description)
      .option(...CONFIG_OPTION)
  const selecting = (name: string, description: string) =>
    command(name, description)
      .option('--all', 'every dead letter')
      .option('--sink <id>', 'those of one sink')
      .option('--json', 'print one JSON document')

  command('list', 'list them, with the reason of each')
    .option('--sink <id>', 'those of one sink')
    .option('--json', 'print one JSON document')
    .action((options: Options) => list(options, seams))
  command('show <id>', 'show one with its event')
    .option('--json', 'print one JSON document')
    .action((id: string, options: Options) => show(id, options, seams))
  selecting('retry [ids...]', 'queue them for redelivery, with the same uids').action(
    (ids: string[], options: Options) => retry(ids, options, seams),
  )
  selecting('drop [ids...]', 'drop them for good')
    .option('--yes', 'do not ask')
    .action((ids: string[], options: Options) => drop(ids, options, seams))
  command('export', 'write them to a file, one JSON object per line')
    .requiredOption('-o, --output <file>', 'new file to write; - is standard output')
    .option('--sink <id>', 'those of one sink')
    .option('--json', 'print one JSON document of what was written; needs a file')
    .action((options: Options) => exportTo(options, seams))
}

async function list({ config, json, sink }: Options, seams: Seams): Promise<void> {
  const query = sinkQuery(sink)
  await withEngine(seams, config, async ({ api }) => {
    await demandKnown(api, query)
    if (json) return printMembers(seams, 'deadLetters', jsonOf(deadLetterPages(api, query)))
    const letters: ListedLetter[] = []
    for await (const page of deadLetterPages(api, query)) letters.push(...page.map(shown))
    print(seams, renderDeadLetters(letters, screenOf(seams).width))
  })
}

async function show(id: string, { config, json }: Options, seams: Seams): Promise<void> {
  const [letter] = await withEngine(seams, config, ({ api }) => api.deadLetters({ ids: [id] }))
  if (!letter) throw unknownIds([id])
  if (json) printJson(seams, deadLetterToJson(letter))
  else print(seams, renderDeadLetter(letter, screenOf(seams).width))
}

async function retry(ids: string[], options: Options, seams: Seams): Promise<void> {
  const query = selectionOf(ids, options)
  await withEngine(seams, options.config, async ({ api, running }) => {
    await demandKnown(api, query)
    const queued = await api.queueDeadLetters(query)
    await tellOfUnsent(api, query)
    if (options.json) return printJson(seams, { queued })
    const sender = running ? 'the engine sends them' : 'the next run sends them'
    print(seams, [queued === 0 ? 'Nothing to queue.' : `Queued: ${queued}; ${sender}.`])
  })
}

/** A sink that is disabled or gone has no lane that would send them. */
async function tellOfUnsent(api: EngineQueries, query: DeadLetterQuery): Promise<void> {
  const { sinks } = await api.status()
  if (query.sink !== undefined && query.sink in sinks) return
  for (const [sink, count] of await queuedBeside(sinks, api, query)) {
    process.stderr.write(
      `auditferry: sink ${sink} is disabled, or not in the configuration: what is queued for it (${count}) waits until it is back\n`,
    )
  }
}

async function drop(ids: string[], options: Options, seams: Seams): Promise<void> {
  const query = selectionOf(ids, options)
  await withEngine(seams, options.config, async ({ api }) => {
    await demandKnown(api, query)
    let count = 0
    for await (const page of deadLetterPages(api, query)) count += page.length
    if (count > 0 && !options.yes) await confirm(`Drop ${count} for good?`, seams)
    const dropped = count === 0 ? 0 : await api.dropDeadLetters(query)
    if (options.json) printJson(seams, { dropped })
    else print(seams, [`Dropped: ${dropped}.`])
  })
}

async function exportTo({ config, json, sink, output = '-' }: Options, seams: Seams): Promise<void> {
  const query = sinkQuery(sink)
  if (json && output === '-') {
    throw new UsageError('--json: standard output holds the dead letters already, name a file with -o')
  }
  await withEngine(seams, config, async ({ api }) => {
    await demandKnown(api, query)
    let written = 0
    const all = await api.exportDeadLetters(query)
    if (output === '-') {
      for await (const text of all) seams.stdout.write(text)
      return
    }
    await writeOutput(output, { mode: 0o600 }, async (write) => {
      for await (const text of all) {
        await write(text)
        written += text.split('\n').length - 1
      }
    })
    if (json) printJson(seams, { file: output, written })
    else print(seams, [`Written: ${written} to ${output}.`])
  })
}

function selectionOf(ids: readonly string[], { all, sink }: Options): DeadLetterQuery {
  const ways = [all === true, sink !== undefined, ids.length > 0].filter(Boolean).length
  if (ways !== 1) throw new UsageError('say which: the ids, --sink ID, or --all')
  return ids.length > 0 ? { ids } : sinkQuery(sink)
}

function sinkQuery(sink: string | undefined): DeadLetterQuery {
  return sink === undefined ? {} : { sink }
}

async function* jsonOf(pages: AsyncIterable<readonly DeadLetter[]>) {
  for await (const page of pages) yield page.map(deadLetterToJson)
}

/** Without event and answer: there may be very many. */
function shown({ id, sink, at, state, attempts, reason }: DeadLetter): ListedLetter {
  return { id, sink, at, state, attempts, reason }
}

/** Reports a mistyped id before anything changes. A removed sink still counts while it has dead letters. */
async function demandKnown(api: EngineQueries, { ids, sink }: DeadLetterQuery): Promise<void> {
  if (sink !== undefined && (await api.deadLetters({ sink, limit: 1 })).length === 0) {
    const sinks = Object.keys((await api.status()).sinks)
    if (!sinks.includes(sink)) throw unknownId('sink', sink, sinks)
  }
  if (ids === undefined) return
  const known = new Set((await api.deadLetters({ ids })).map(({ id }) => id))
  const unknown = ids.filter((id) => !known.has(id))
  if (unknown.length > 0) throw unknownIds(unknown)
}

function unknownIds(ids: readonly string[]): OperationError {
  return new OperationError(`no dead letter has the id ${ids.join(', ')}; dead-letters list shows them`)
}

async function confirm(question: string, { stdin, stdout }: Seams): Promise<void> {
  if (!stdin.isTTY || !stdout.isTTY) throw new UsageError('dropping needs --yes when nobody can be asked')
  const prompt = createInterface({ input: stdin, output: stdout })
  try {
    const answer = await prompt.question(`${question} [y/N] `).catch(() => {
      // Ctrl-C or Ctrl-D, which leave the line unfinished.
      stdout.write('\n')
      return ''
    })
    if (!/^y(?:es)?$/i.test(answer.trim())) throw new OperationError('nothing was dropped')
  } finally {
    prompt.close()
  }
}
