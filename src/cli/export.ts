/** `auditferry export`: a range of a source's log into one file, without any state. */
import type { Command } from 'commander'
import type { SourceConfig } from '../config/config.ts'
import type { ReadRequest, Source } from '../connector.ts'
import { messageOf, OperationError, UsageError } from '../errors.ts'
import type { FormatName, LineFormat } from '../formats/format.ts'
import { FORMAT_NAMES, lineFormat } from '../formats/formats.ts'
import { parseNative } from '../formats/native.ts'
import { rfc3339 } from '../formats/rfc3339.ts'
import { ByteWriter } from '../lib/byte-writer.ts'
import { counted } from '../lib/counted.ts'
import { silentLogger } from '../lib/logger.ts'
import { createNormaliser } from '../normalise/normalise.ts'
import { normalisePage, type UidEvent, writeLine } from '../normalise/page.ts'
import { createBudget } from '../poll/budget.ts'
import type { Page } from '../poll/pages.ts'
import { readPatiently } from '../poll/read-patiently.ts'
import type { Patience } from '../poll/try-again.ts'
import { shortText } from '../trail/details.ts'
import { VERSION } from '../version.ts'
import { CONFIG_OPTION } from './config-option.ts'
import { loadOrFail } from './load-or-fail.ts'
import { parseRange } from './moment.ts'
import { onlySource } from './named-source.ts'
import { openOutput } from './output.ts'
import { createProgress } from './progress.ts'
import { recordInTrail } from './record-trail.ts'
import { printJson, processSeams } from './seams.ts'
import { listen } from './signals.ts'

interface ExportOptions {
  readonly config?: string
  readonly source?: string
  readonly from: string
  readonly to: string
  readonly format: string
  readonly user?: string
  readonly output: string
  readonly json?: true
}

export function register(program: Command): void {
  program
    .command('export')
    .description("write a range of a source's log into one file, newest first, without any state")
    .option(...CONFIG_OPTION)
    .option('--source <id>', 'source to read; needed if there are several')
    .requiredOption('--from <time>', 'first second wanted: 2026-11-22T10:00:00Z, 2026-11-22, or 24h (ago)')
    .option('--to <time>', 'second to stop before', 'now')
    .option('--format <name>', `one of ${FORMAT_NAMES.join(', ')}`, 'native')
    .option('--user <login>', 'only what this user did')
    .option('-o, --output <file>', 'new file to write, - for standard output', '-')
    .option('--json', 'print one JSON document of what was written; needs a file')
    .action(runExport)
}

async function runExport(options: ExportOptions): Promise<void> {
  const whole = await loadOrFail(options.config)
  const config = whole.sources[onlySource(Object.keys(whole.sources), options.source)] as SourceConfig
  const { from, to } = parseRange(options.from, options.to, Date.now())
  const format = pickFormat(options.format)
  const { output: file, user } = options
  if (options.json && file === '-') {
    throw new UsageError('--json: standard output holds the events already, name a file with -o')
  }
  const out = await openOutput(file)
  const what = { source: config.id, from: rfc3339(from), to: rfc3339(to), format: format.name }
  const deed = { ...what, ...(user !== undefined && { user: shortText(user) }) }

  const source = openSource(config, user)
  const normalise = createNormaliser({ source: config.id, organization: source.organization })
  const progress = createProgress('events')
  const read = { events: 0, unreadable: 0, gaps: 0 }
  const write = async (page: Page) => {
    const wanted = page.records.filter((record) => record.timestamp < to)
    const lines = normalisePage(wanted, normalise, Date.now())
      .reverse()
      .map((event) => render(event, format))
    read.unreadable += page.unreadable.length
    read.gaps += page.gaps.length
    progress.add(lines.length, page.position)
    if (lines.length > 0) await out.write(lines.join(''))
    read.events += lines.length
  }
  try {
    if (format.header !== undefined) await out.write(`${format.header}${format.lineEnd}`)
    await readRange(config, source, { from, to }, write, ({ message }, ms) => progress.waits(message, ms))
    await out.close()
    await recordInTrail(whole, [{ action: 'events-exported', outcome: 'success', details: deed }])
  } catch (error) {
    const part = read.events > 0 ? await out.leavePart() : undefined
    if (part === undefined) await out.discard()
    const details = { ...deed, reason: shortText(messageOf(error)) }
    await recordInTrail(whole, [{ action: 'events-exported', outcome: 'failure', details }])
    throw withPart(error, read.events, part)
  } finally {
    progress.end()
    await source.close()
  }
  tellOfLeftOut(read)
  if (options.json) {
    printJson(processSeams, { ...what, ...(user !== undefined && { user }), file, ...read })
  }
  process.exitCode = read.unreadable + read.gaps > 0 ? 3 : 0
}

function tellOfLeftOut({ unreadable, gaps }: { readonly unreadable: number; readonly gaps: number }): void {
  const told = [
    ...(unreadable > 0 ? [`left out ${counted(unreadable, 'record')} that could not be understood`] : []),
    ...(gaps > 0 ? [`${counted(gaps, 'second')} could not be proven complete`] : []),
  ]
  for (const text of told) process.stderr.write(`auditferry: ${text}\n`)
}

function withPart(error: unknown, events: number, part: string | undefined): unknown {
  if (part === undefined || !(error instanceof OperationError)) return error
  return new OperationError(
    `${error.message}\n${part} holds a part of the range, the newest ${counted(events, 'event')}; repeat the command for the whole`,
  )
}

async function readRange(
  config: SourceConfig,
  source: Source,
  range: { from: number; to: number },
  emit: (page: Page) => Promise<void>,
  onWait: Patience['onWait'],
) {
  const budget = createBudget({
    requestsPerMinute: config.requestsPerMinute,
    patienceMs: Infinity,
    now: Date.now,
  })
  const interrupted = new AbortController()
  const signals = listen()
  void signals
    .next()
    .then((signal) => interrupted.abort(new OperationError(`interrupted by ${signal}: not all was read`)))
  try {
    const walk = {
      ask: async (request: ReadRequest) => {
        await budget.take(interrupted.signal)
        return source.read(request, interrupted.signal)
      },
      before: range.to,
      position: Infinity,
      notBefore: Math.max(0, range.from - 1),
      end: () => range.from,
      emit,
    }
    await readPatiently(walk, interrupted.signal, onWait)
  } catch (error) {
    if (interrupted.signal.aborted) throw interrupted.signal.reason
    throw error instanceof OperationError ? error : new OperationError(messageOf(error))
  } finally {
    signals.close()
  }
}

function render(event: UidEvent, format: LineFormat): string {
  const line = new ByteWriter()
  writeLine(line, event)
  return (
    (format.name === 'native' ? line.toString() : format.encode(parseNative(line.written()))) + format.lineEnd
  )
}

function openSource(config: SourceConfig, user: string | undefined): Source {
  const options = user === undefined ? config.options : { ...(config.options as object), user_filter: user }
  const { id, connection } = config
  return config.definition.create(options, {
    id,
    connection,
    logger: silentLogger,
    now: Date.now,
    version: VERSION,
  })
}

function pickFormat(name: string): LineFormat {
  if (!(FORMAT_NAMES as readonly string[]).includes(name)) {
    throw new UsageError(`--format: no format ${name}; there are ${FORMAT_NAMES.join(', ')}`)
  }
  return lineFormat(name as FormatName)
}
