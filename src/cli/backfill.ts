/** `auditferry backfill`: reads an old range of a source into the spool, through the engine that runs or on its own. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Command } from 'commander'
import type { Config } from '../config/config.ts'
import type { BackfillOrder } from '../engine/engine-api.ts'
import { OperationError, UsageError } from '../errors.ts'
import { counted } from '../lib/counted.ts'
import { unbroken } from '../lib/printable.ts'
import { type BackfillStatus, findBackfill } from '../ops/backfill-status.ts'
import { MOST_PARALLEL } from '../poll/backfill-parts.ts'
import { takersOf } from '../replay/takers.ts'
import type { EngineClient } from '../server/client.ts'
import { reachEngine } from '../server/reach-engine.ts'
import { CONFIG_OPTION } from './config-option.ts'
import { repeatable } from './flags.ts'
import { parseRange } from './moment.ts'
import { namedSource } from './named-source.ts'
import { createProgress } from './progress.ts'
import { readConfig } from './read-config.ts'
import { print, printJson, processSeams, withEngine } from './seams.ts'
import { runBackfill } from './service.ts'
import { untilSignal } from './signals.ts'

interface Options {
  readonly config?: string
  readonly source: string
  readonly from?: string
  readonly to?: string
  readonly cancel?: true
  readonly parts: string
  readonly sink?: readonly string[]
  readonly dryRun?: true
  readonly json?: true
}

const LOOK_EVERY_MS = 500

export function register(program: Command): void {
  program
    .command('backfill')
    .description('read an old range of a source and deliver what is new of it, beside the live flow')
    .option(...CONFIG_OPTION)
    .requiredOption('--source <id>', 'source to read')
    .option('--from <time>', 'first second wanted: 2026-11-22T10:00:00Z, 2026-11-22, or 24h (ago)')
    .option('--to <time>', 'second to stop before')
    .option('--sink <id>', 'only for this sink: what it lacks of the range; repeatable', repeatable)
    .option('--parts <n>', `parts read at the same time, 1 to ${MOST_PARALLEL}`, '8')
    .option('--dry-run', 'only count the events, and how many of them are new')
    .option('--cancel', 'end the one under way; what it has spooled stays')
    .option('--json', 'print one JSON document')
    .action((options: Options) => (options.cancel ? cancel(options) : run(options)))
}

async function run(options: Options): Promise<void> {
  const config = await readConfig(options.config)
  const order = orderOf(config, options)
  const look = createLook()
  const { status, undone } = await walk(config, order, look.at).finally(look.end)
  if (options.json) printJson(processSeams, status)
  else process.stdout.write(`${summaryOf(status)}\n`)
  const open = [...undone, ...openOf(status)]
  for (const reason of open) process.stderr.write(`auditferry: ${unbroken(reason)}\n`)
  process.exitCode = open.length > 0 ? 3 : 0
}

async function cancel({ config, source, json }: Options): Promise<void> {
  namedSource(Object.keys((await readConfig(config)).sources), source)
  const cancelled = await withEngine(processSeams, config, ({ api }) => api.cancelBackfill(source))
  if (json) return printJson(processSeams, { source, cancelled })
  const told = cancelled ? 'Cancelled; what it has spooled stays.' : `No backfill of ${source} is under way.`
  print(processSeams, [told])
}

function orderOf(config: Config, options: Options): BackfillOrder {
  const source = namedSource(Object.keys(config.sources), options.source)
  if (options.from === undefined || options.to === undefined) {
    throw new UsageError('say from when on and until when, such as --from 2026-11-22 --to 2026-11-23')
  }
  const now = Date.now()
  const { from, to } = parseRange(options.from, options.to, now)
  if (to * 1000 > now) throw new UsageError('--to must not lie in the future')
  const parallel = /^\d{1,3}$/.test(options.parts) ? Number(options.parts) : 0
  if (parallel < 1 || parallel > MOST_PARALLEL) {
    throw new UsageError(`--parts: expected a number from 1 to ${MOST_PARALLEL}`)
  }
  const sinks = takersOf(config.sinks, source, options.sink ?? []).map(({ id }) => id)
  return { source, from, to, parallel, dryRun: options.dryRun === true, ...(sinks.length > 0 && { sinks }) }
}

interface Walked {
  readonly status: BackfillStatus
  readonly undone: readonly string[]
}

async function walk(
  config: Config,
  order: BackfillOrder,
  look: (it: BackfillStatus) => void,
): Promise<Walked> {
  const { client } = await reachEngine(config)
  if (client === undefined) return runBackfill(config, order, look)
  try {
    return await watch(client, order, look)
  } finally {
    await client.close()
  }
}

/** Watches the engine walk it; the engine goes on without this command. */
async function watch(
  client: EngineClient,
  order: BackfillOrder,
  look: (it: BackfillStatus) => void,
): Promise<Walked> {
  const statusNow = async () => {
    const status = findBackfill(await client.backfills(), order)
    if (status !== undefined) return status
    throw new OperationError('the engine no longer knows this backfill')
  }
  const toEnd = async () => {
    await client.startBackfill(order)
    for (;;) {
      const status = await statusNow()
      if (status.endedAt !== '') return status
      look(status)
      await sleep(LOOK_EVERY_MS)
    }
  }
  const done = await untilSignal(toEnd())
  if ('result' in done) return { status: done.result, undone: [] }
  return { status: await statusNow(), undone: [`interrupted by ${done.signal}: the engine goes on with it`] }
}

function createLook() {
  const progress = createProgress('events')
  let seen = 0
  return {
    at(status: BackfillStatus) {
      const { events, position, share, waitsFor } = status
      progress.add(events - seen, Date.parse(position) / 1000, share, waitsFor)
      seen = status.events
    },
    async end() {
      progress.end()
    },
  }
}

function summaryOf(it: BackfillStatus): string {
  const count = (value: number) => value.toLocaleString('en')
  const would = it.dryRun ? 'would be ' : ''
  const range = `${it.source}, ${it.from} to ${it.to}: ${count(it.events)} events`
  const sinks = Object.entries(it.sinks)
  if (sinks.length === 0) return `${range}, ${count(it.new)} of them new and ${would}spooled`
  const each = sinks.map(([id, { queued, filtered }]) => {
    const kept = filtered === 0 ? '' : `; ${count(filtered)} not, by its rules`
    return `${id}: ${count(queued)} that it lacked ${it.dryRun ? 'would be' : 'were'} queued${kept}`
  })
  return [range, ...each].join('\n')
}

function openOf(it: BackfillStatus): string[] {
  const said: readonly [boolean, string][] = [
    [it.failure !== '', it.failure],
    [it.cancelled, 'the backfill was cancelled; what it has spooled stays'],
    [it.endedAt === '', 'the range was not read to its end; the same command goes on'],
    [it.gaps > 0, `${counted(it.gaps, 'second')} could not be proven complete`],
    ...Object.entries(it.sinks).map(([id, { failed }]): [boolean, string] => [
      failed > 0,
      `the rules of ${id} could not be computed for ${counted(failed, 'event')}, \`explain\` tells why`,
    ]),
    [
      it.quarantined > 0,
      `${counted(it.quarantined, 'record')} could not be understood and went to the quarantine`,
    ],
    [
      it.unclearMinutes > 0,
      `${counted(it.unclearMinutes, 'minute')} could not be compared with the ledger, which has forgotten too much`,
    ],
  ]
  return said.filter(([holds]) => holds).map(([, reason]) => reason)
}
