/** `auditferry replay`: a range, or some events of it, once more to one sink. */
import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { messageOf, OperationError, UsageError } from '../errors.ts'
import type { ReplayRequest, ReplaySlice } from '../replay/request.ts'
import type { EngineQueries } from '../server/client.ts'
import { parseMoment } from './moment.ts'
import { createProgress } from './progress.ts'
import { print, printJson, processSeams, type Seams, withEngine } from './seams.ts'

interface Options {
  readonly config?: string
  readonly sink: string
  readonly from?: string
  readonly cancel?: true
  readonly to: string
  readonly source?: string
  readonly uid: readonly string[]
  readonly uids?: string
  readonly json?: true
}

interface Totals {
  queued: number
  filtered: number
  failed: number
  unreadable: number
  gaps: number
  missing: readonly string[]
}

export function register(program: Command, seams: Seams = processSeams): void {
  program
    .command('replay')
    .description('send a range, or some events of it, once more to one sink, with the same uids')
    .option('-c, --config <file>', 'configuration file')
    .requiredOption('--sink <id>', 'sink to send to')
    .option('--from <time>', 'first second wanted: 2026-11-22T10:00:00Z, 2026-11-22, or 24h (ago)')
    .option('--to <time>', 'second to stop before', 'now')
    .option('--source <id>', 'only what came from this source')
    .option(
      '--uid <uid>',
      'only this event of the range; repeatable',
      (one, all: string[]) => [...all, one],
      [],
    )
    .option(
      '--uids <file>',
      'only the events of the range that this file names, a uid a line; - is standard input',
    )
    .option('--cancel', 'take back what still waits for the sink')
    .option('--json', 'print one JSON document')
    .action((options: Options) => runReplay(options, seams))
}

async function runReplay(options: Options, seams: Seams): Promise<void> {
  if (options.cancel) return cancel(options, seams)
  if (options.from === undefined)
    throw new UsageError('--from: say from when on, such as 2026-11-22 or 24h (ago)')
  const from = parseMoment('--from', options.from, seams.now())
  const to = parseMoment('--to', options.to, seams.now())
  if (from >= to) throw new UsageError('--from must lie before --to')
  const uids = await uidsOf(options, seams)
  const { sink, source } = options
  const request = { sink, from, to, ...(source === undefined ? {} : { source }) }
  await withEngine(seams, options.config, async ({ api, running }) => {
    const totals = await replayAll(api, request, uids)
    const { missing } = totals
    const incomplete = totals.failed + totals.unreadable + totals.gaps + missing.length > 0
    if (incomplete) process.exitCode = 3
    if (options.json) {
      printJson(seams, { sink, from: timeText(from), to: timeText(to), ...totals })
      return
    }
    const sender = running ? 'the engine sends them' : 'the next run sends them'
    print(seams, [
      totals.queued === 0 ? 'Nothing to send again.' : `Queued for ${sink}: ${totals.queued}; ${sender}.`,
      ...notes(totals, sink),
    ])
  })
}

async function cancel({ sink, config, json }: Options, seams: Seams): Promise<void> {
  const cancelled = await withEngine(seams, config, ({ api }) =>
    api.dropDeadLetters({ sink, state: 'replay' }),
  )
  if (json) printJson(seams, { sink, cancelled })
  else print(seams, [`Taken back: ${cancelled}.`])
}

async function replayAll(
  api: EngineQueries,
  request: ReplayRequest,
  uids: readonly string[] | undefined,
): Promise<Totals> {
  const progress = createProgress('events queued')
  const totals = { queued: 0, filtered: 0, failed: 0, unreadable: 0, gaps: 0 }
  const wanted = new Set(uids)
  let reached = Number.POSITIVE_INFINITY
  let cursor: ReplaySlice['next']
  try {
    do {
      const selected = uids === undefined ? {} : { uids: [...wanted] }
      const slice = await api.replay({ ...request, ...selected, ...(cursor && { cursor }) })
      for (const key of COUNTS) totals[key] += slice[key]
      for (const uid of slice.found) wanted.delete(uid)
      if (slice.position !== undefined) reached = slice.position
      progress.add(slice.queued, reached)
      cursor = slice.next
      if (slice.waits) await new Promise((resolve) => setTimeout(resolve, WAIT_MS))
    } while (cursor !== undefined && (uids === undefined || wanted.size > 0))
  } catch (error) {
    if (totals.queued === 0) throw error
    const done = Number.isFinite(reached)
      ? `${totals.queued} events down to ${timeText(reached)}`
      : `${totals.queued} events`
    throw new OperationError(
      `${messageOf(error)}\n${done} are queued and will be sent; repeat the command for the rest`,
    )
  } finally {
    progress.end()
  }
  return { ...totals, missing: [...wanted] }
}

/** The sink has to deliver first. */
const WAIT_MS = 1_000
const COUNTS = ['queued', 'filtered', 'failed', 'unreadable', 'gaps'] as const
/** As many as one request names. */
const UIDS_MOST = 10_000

async function uidsOf({ uid, uids }: Options, { stdin }: Seams): Promise<string[] | undefined> {
  if (uid.length === 0 && uids === undefined) return undefined
  const listed = uids === undefined ? '' : await textOf(uids, stdin)
  const all = [...new Set([...uid, ...listed.split(/\s+/).filter((word) => word !== '')])]
  const wrong = all.find((one) => !/^[0-9a-f]{64}$/.test(one))
  if (wrong !== undefined)
    throw new UsageError(`a uid is 64 characters of 0-9 and a-f, not "${wrong.slice(0, 80)}"`)
  if (all.length === 0) throw new UsageError(`--uids: ${uids} names no uid`)
  if (all.length > UIDS_MOST)
    throw new UsageError(`--uids: ${all.length} uids; at most ${UIDS_MOST} at a time`)
  return all
}

async function textOf(file: string, stdin: Seams['stdin']): Promise<string> {
  try {
    if (file !== '-') return await readFile(file, 'utf8')
    const chunks: Buffer[] = []
    for await (const chunk of stdin) chunks.push(Buffer.from(chunk))
    return Buffer.concat(chunks).toString('utf8')
  } catch (error) {
    throw new UsageError(`--uids: ${file} can't be read: ${messageOf(error)}`)
  }
}

function notes({ filtered, failed, unreadable, gaps, missing }: Totals, sink: string): string[] {
  const lines: [number, string][] = [
    [filtered, `not sent, by the \`where\` of ${sink}`],
    [failed, `not sent: the rules of ${sink} could not be computed for them, \`explain\` tells why`],
    [unreadable, 'records of the source could not be understood'],
    [gaps, 'seconds of the source could not be proven complete'],
    [missing.length, 'asked for and found neither in the spool nor at the source in this range:'],
  ]
  return [
    ...lines.filter(([count]) => count > 0).map(([count, text]) => `${count.toLocaleString('en')} ${text}`),
    ...missing,
  ]
}

function timeText(second: number): string {
  return `${new Date(second * 1000).toISOString().slice(0, 19)}Z`
}
