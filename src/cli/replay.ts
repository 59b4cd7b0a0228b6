/** `auditferry replay`: sends a range, or some events of it, to one sink once more. */
import type { Command } from 'commander'
import type { EngineQueries } from '../engine/engine-queries.ts'
import { messageOf, OperationError, UsageError } from '../errors.ts'
import { rfc3339 } from '../formats/rfc3339.ts'
import { counted } from '../lib/counted.ts'
import type { ReplayRequest, ReplaySlice } from '../replay/request.ts'
import { CONFIG_OPTION } from './config-option.ts'
import { repeatable } from './flags.ts'
import { parseRange } from './moment.ts'
import { namedUids } from './named-uids.ts'
import { createProgress } from './progress.ts'
import { print, printJson, processSeams, type Seams, withEngine } from './seams.ts'
import { untilSignal } from './signals.ts'

interface Options {
  readonly config?: string
  readonly sink: string
  readonly from?: string
  readonly cancel?: true
  readonly to: string
  readonly source?: string
  readonly uid?: readonly string[]
  readonly uids?: string
  readonly json?: true
}

interface Totals {
  queued: number
  filtered: number
  failed: number
  unreadable: number
  gaps: number
  notFound: number
  /** Known at the end. */
  missing: readonly string[]
  /** How many events were queued from each place. */
  readonly origins: { spool: number; archive: number; source: number }
  /** Archives that could not be read, and why. */
  readonly unread: Record<string, string>
}

/** How long a sink is given to deliver, before more is queued for it. */
const WAIT_MS = 1_000
const COUNTS = ['queued', 'filtered', 'failed', 'unreadable', 'gaps', 'notFound'] as const

export function register(program: Command, seams: Seams = processSeams): void {
  program
    .command('replay')
    .description('send a range, or single events of it, to one sink again, with the same uids')
    .option(...CONFIG_OPTION)
    .requiredOption('--sink <id>', 'sink to send to')
    .option('--from <time>', 'first second wanted: 2026-11-22T10:00:00Z, 2026-11-22, or 24h (ago)')
    .option('--to <time>', 'second to stop before', 'now')
    .option('--source <id>', 'only events of this source')
    .option('--uid <uid>', 'only this event of the range; repeatable', repeatable)
    .option(
      '--uids <file>',
      'only the events of the range that this file names, one uid per line; - is standard input',
    )
    .option('--cancel', 'take back what still waits for the sink')
    .option('--json', 'print one JSON document')
    .action((options: Options) => runReplay(options, seams))
}

async function runReplay(options: Options, seams: Seams): Promise<void> {
  if (options.cancel) return cancel(options, seams)
  if (options.from === undefined)
    throw new UsageError('--from: say from when on, such as 2026-11-22 or 24h (ago)')
  const { from, to } = parseRange(options.from, options.to, seams.now())
  const uids = await namedUids(options, seams)
  const { sink, source } = options
  const request = { sink, from, to, ...(source === undefined ? {} : { source }) }
  await withEngine(seams, options.config, async ({ api, running }) => {
    const totals = freshTotals()
    const range = { from: rfc3339(from), to: rfc3339(to) }
    const done = await untilSignal(replayAll(api, request, uids, totals))
    if ('signal' in done) {
      const { signal: interrupted } = done
      process.exitCode = 3
      if (options.json) printJson(seams, { sink, ...range, ...totals, interrupted })
      process.stderr.write(
        `auditferry: interrupted by ${interrupted}: at least ${counted(totals.queued, 'event', ['is', 'are'])} queued and will be sent; repeat the command for the rest, what waits is not queued twice\n`,
      )
      return
    }
    const { failed, unreadable, gaps, notFound, missing } = totals
    const incomplete = failed + unreadable + gaps + notFound + missing.length > 0
    if (incomplete) process.exitCode = 3
    if (options.json) {
      printJson(seams, { sink, ...range, ...totals })
      return
    }
    const sender = running ? 'the engine sends them' : 'the next run sends them'
    print(seams, [
      totals.queued === 0 ? 'Nothing to send again.' : `Queued for ${sink}: ${totals.queued}; ${sender}.`,
      ...[originText(totals.origins)].filter((text) => text !== '').map((text) => `${text}.`),
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
  totals: Totals,
): Promise<void> {
  const { origins } = totals
  const progress = createProgress(() => `events queued${originText(origins, ' (', ')')}`)
  const wanted = new Set(uids)
  let reached = Number.POSITIVE_INFINITY
  let cursor: ReplaySlice['next']
  try {
    do {
      const selected = uids === undefined ? {} : { uids: [...wanted] }
      const asked = { ...request, ...selected, ...(cursor && { cursor }) }
      const slice = await api.replay(asked, ({ message }, ms) => progress.waits(message, ms))
      addTo(totals, slice)
      for (const uid of slice.found) wanted.delete(uid)
      if (slice.position !== undefined) reached = slice.position
      progress.add(slice.queued, reached)
      cursor = slice.next
      if (slice.waits) await new Promise((resolve) => setTimeout(resolve, WAIT_MS))
    } while (cursor !== undefined && (uids === undefined || wanted.size > 0))
  } catch (error) {
    throw totals.queued === 0
      ? error
      : brokenOff(error, totals.queued, origins.archive > 0 ? undefined : reached)
  } finally {
    progress.end()
  }
  totals.missing = [...wanted]
}

function freshTotals(): Totals {
  const counts = { queued: 0, filtered: 0, failed: 0, unreadable: 0, gaps: 0, notFound: 0 }
  return { ...counts, missing: [], origins: { spool: 0, archive: 0, source: 0 }, unread: {} }
}

function addTo(totals: Omit<Totals, 'missing'>, slice: ReplaySlice): void {
  for (const key of COUNTS) totals[key] += slice[key]
  if (slice.phase !== 'count') totals.origins[slice.phase] += slice.queued
  Object.assign(totals.unread, slice.unread)
}

/** `reached`: the second down to which all is queued, if that can be said; archives are read past what they lack. */
function brokenOff(error: unknown, queued: number, reached = Number.POSITIVE_INFINITY): OperationError {
  const down = Number.isFinite(reached) ? ` down to ${rfc3339(reached)}` : ''
  return new OperationError(
    `${messageOf(error)}\n${counted(queued, 'event')}${down} ${queued === 1 ? 'is' : 'are'} queued and will be sent; repeat the command for the rest`,
  )
}

/** Empty when all of them came from the spool, as usual. */
function originText({ spool, archive, source }: Totals['origins'], before = '', after = ''): string {
  if (archive + source === 0) return ''
  const parts = Object.entries({ 'the spool': spool, 'the archive': archive, 'the source': source })
  const told = parts.filter(([, count]) => count > 0)
  const text = told.map(([where, count]) => `${count.toLocaleString('en')} from ${where}`).join(', ')
  return `${before}${text}${after}`
}

function notes(
  { filtered, failed, unreadable, gaps, notFound, missing, unread }: Totals,
  sink: string,
): string[] {
  const lines: [number, string][] = [
    [filtered, `not sent, by the rules of ${sink}`],
    [failed, `not sent: the rules of ${sink} could not be computed for them, \`explain\` tells why`],
    [unreadable, 'records of the source could not be understood'],
    [gaps, 'seconds of the source could not be proven complete'],
    [
      notFound,
      'not sent: the ledger counts them, and neither the spool, nor an archive, nor the source has them any more',
    ],
    [
      missing.length,
      'asked for and found neither in the spool, nor in an archive, nor at the source in this range:',
    ],
  ]
  return [
    ...lines.filter(([count]) => count > 0).map(([count, text]) => `${count.toLocaleString('en')} ${text}`),
    ...missing,
    ...Object.entries(unread).map(
      ([id, reason]) => `the archive ${id} could not be read, so the source was asked: ${reason}`,
    ),
  ]
}
