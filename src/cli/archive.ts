/** `auditferry archive import`: old exports into the archive, with the uids that a poll would give. */
import { randomUUID } from 'node:crypto'
import { access, constants } from 'node:fs/promises'
import type { Command } from 'commander'
import type { NewEvent } from '../archive/stored-archive.ts'
import type { Config, SourceConfig } from '../config/config.ts'
import { describeFileError, OperationError, UsageError } from '../errors.ts'
import { eventsOfFile, type FileFault, type FileOrigin } from '../import/read-file.ts'
import { createSliceSender, type ImportTotals, type SliceSender } from '../import/slices.ts'
import { counted } from '../lib/counted.ts'
import { unbroken } from '../lib/printable.ts'
import { originOf } from '../normalise/read-event.ts'
import { CONFIG_OPTION } from './config-option.ts'
import { onlySource } from './named-source.ts'
import { createProgress } from './progress.ts'
import { readConfig } from './read-config.ts'
import { print, printJson, processSeams, type Seams, withEngine } from './seams.ts'

interface Options {
  readonly config?: string
  readonly sink?: string
  readonly source?: string
  readonly redacted?: true
  readonly json?: true
}

export function register(program: Command, seams: Seams = processSeams): void {
  program
    .command('archive')
    .description('add old exports to the archive')
    .command('import <files...>')
    .description('bring old exports (CSV or NDJSON, plain or compressed) into the archive, each event once')
    .option('--sink <id>', 'sink of the archive; needed if there are several')
    .option('--source <id>', 'source of the exports; needed if there are several')
    .option('--redacted', 'accept uids as they are: events were redacted before they were written')
    .option(...CONFIG_OPTION)
    .option('--json', 'print one JSON document')
    .action((files: string[], options: Options) => runImport(files, options, seams))
}

interface NamedFault extends FileFault {
  readonly file: string
}

/** More are only counted in the document: each was said when it was met. */
const FAULTS_LISTED = 1_000

async function runImport(files: readonly string[], options: Options, seams: Seams): Promise<void> {
  const { redacted } = options
  const config = await readConfig(options.config, seams.env)
  const source = importOrigin(config, options.source, seams.now)
  const sink = options.sink ?? onlyArchive(config)
  const origin = { ...source, redacted: redacted === true }
  for (const file of files) await demandReadable(file)
  await withEngine(seams, options.config, async ({ api, running }) => {
    const part = { id: randomUUID(), ...(redacted && { redacted }) }
    // Says at once when there is no such archive.
    await api.importEvents({ sink, events: [], part: { ...part, files } })
    const sender = createSliceSender((request) => api.importEvents({ ...request, part }), sink, running)
    const faults = createFaults(sender)
    const keptFrom = seams.now() / 1000 - keptSeconds(config, sink)
    let expired = 0
    const add = (event: NewEvent) => {
      if (event.timestamp < keptFrom) expired++
      return sender.add(event)
    }
    const end = () => {
      const refused = sender.refusedUnsent()
      return api.importEvents({ sink, events: [], part: { ...part, files, refused, last: true } })
    }
    await sendAll(files, origin, { ...sender, add }, faults.note).catch(async (error) => {
      // The error that broke it off is the one to report.
      await end().catch(() => undefined)
      throw error
    })
    await end()
    const { totals } = sender
    if (faults.any() || totals.refused.length > 0) process.exitCode = 3
    if (options.json) {
      const { added, known, filtered, refused } = totals
      const counts = { added, known, filtered, refused, unreadable: faults.unreadable() }
      printJson(seams, { sink, files, ...counts, faults: faults.listed })
    } else print(seams, summary(totals, faults.unreadable(), sink))
    if (expired > 0) {
      const old = `older than \`retain\` of ${sink}: ${counted(expired, 'event')} of these files`
      process.stderr.write(`auditferry: ${old}; its next upkeep drops such events\n`)
    }
  })
}

/** What of the files is no event, or no good one: each is said when it is met. */
function createFaults(sender: Pick<SliceSender, 'refuse'>) {
  const listed: { readonly file: string; readonly line: number | null; readonly reason: string }[] = []
  let unreadable = 0
  let unsorted = 0
  return {
    listed,
    /** How many lines could not be read; the sender counts those that are refused. */
    unreadable: () => unreadable,
    any: () => unreadable + unsorted > 0,
    note(fault: NamedFault): void {
      const { file, line, fault: reason, refused } = fault
      process.stderr.write(`auditferry: ${placeOf(fault)}: ${unbroken(reason)}\n`)
      if (refused !== undefined) {
        sender.refuse({ uid: refused, reason: `${placeOf(fault)}: ${reason}` })
        return
      }
      if (line === undefined) unsorted++
      else unreadable++
      if (listed.length < FAULTS_LISTED) listed.push({ file, line: line ?? null, reason })
    },
  }
}

async function sendAll(
  files: readonly string[],
  origin: FileOrigin,
  sender: SliceSender,
  note: (fault: NamedFault) => void,
): Promise<void> {
  const progress = createProgress('events read')
  try {
    for (const file of files) {
      for await (const items of eventsOfFile(file, origin)) {
        for (const item of items) {
          if ('fault' in item) note({ ...item, file })
          else await sender.add(item)
        }
        progress.add(items.length, Number.POSITIVE_INFINITY)
      }
      await sender.flush()
    }
  } catch (error) {
    await sender.end()
    const { added, known } = sender.totals
    const left = `in the archive now: ${counted(added + known, 'event')} of these files; repeat the command for the rest, nothing comes twice`
    throw error instanceof OperationError ? new OperationError(`${error.message}\n${left}`) : error
  } finally {
    progress.end()
  }
}

function placeOf({ file, line }: NamedFault): string {
  return line === undefined ? file : `${file}:${line}`
}

function summary({ added, known, filtered, refused }: ImportTotals, unreadable: number, sink: string) {
  const lines = [`Archived in ${sink}: ${added}; ${known} were there already.`]
  if (filtered > 0) lines.push(`${filtered} not archived, by the rules of ${sink}`)
  if (unreadable > 0) lines.push(`${unreadable} could not be read; each is named above`)
  for (const { uid, reason } of refused) lines.push(`refused: ${uid}: ${unbroken(reason)}`)
  return lines
}

async function demandReadable(file: string): Promise<void> {
  try {
    await access(file, constants.R_OK)
  } catch (error) {
    throw new OperationError(`${file}: ${describeFileError(error)}`)
  }
}

function onlyArchive({ sinks }: Config): string {
  const ids = Object.values(sinks)
    .filter(({ definition }) => definition.keepsEvents)
    .map(({ id }) => id)
  const [only] = ids
  if (only === undefined) throw new UsageError('--sink: no sink keeps an archive; add one of `type: archive`')
  if (ids.length > 1) throw new UsageError(`--sink: which one? There are ${ids.join(', ')}`)
  return only
}

function keptSeconds({ sinks }: Config, sink: string): number {
  const { definition, options } = sinks[sink] ?? {}
  return (definition?.keepsFor?.(options) ?? Number.POSITIVE_INFINITY) / 1000
}

function importOrigin({ sources }: Config, id: string | undefined, now: () => number): FileOrigin {
  const config = sources[onlySource(Object.keys(sources), id)] as SourceConfig
  return { ...originOf(config), definition: config.definition, now }
}
