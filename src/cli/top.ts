/** `auditferry top`: what `status` shows, again and again, with rates. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { EngineQueries } from '../engine/engine-queries.ts'
import { messageOf, OperationError } from '../errors.ts'
import { parseDuration } from '../lib/options.ts'
import { printable } from '../lib/printable.ts'
import type { Status } from '../ops/status.ts'
import { CONFIG_OPTION } from './config-option.ts'
import { print, processSeams, type Seams, screenOf, withEngine } from './seams.ts'
import { renderStatus } from './status-view.ts'
import { cut, formatCount, formatDuration } from './terminal.ts'

interface TopOptions {
  readonly config?: string
  readonly every: number
  /** Stops after this many views. */
  readonly count?: number
}

export function register(program: Command, seams: Seams = processSeams): void {
  program
    .command('top')
    .description('show states, lags and rates live; plain lines where the output is not a terminal')
    .option(...CONFIG_OPTION)
    .addOption(
      new Option('--every <duration>', 'time between two views')
        .argParser(parseInterval)
        .default(2_000, '2s'),
    )
    .option('--count <views>', 'stop after this many views', parseCount)
    .action(async (options: TopOptions) => {
      await withEngine(seams, options.config, async ({ api, running }) => {
        if (!running) throw new OperationError('no engine is running; start one with: npx auditferry run')
        await watch(api, options, seams)
      })
    })
}

/** Runs until `q`, Ctrl-C or `options.count`. If the engine goes away meanwhile, shows that and keeps asking. */
async function watch(api: EngineQueries, options: TopOptions, seams: Seams): Promise<void> {
  const stop = new AbortController()
  const show = seams.stdout.isTTY ? createScreen(seams, stop) : createLines(seams)
  let before: Sample | undefined
  try {
    for (let views = 1; !stop.signal.aborted; views++) {
      const next = await takeSample(api, seams.now)
      show.view(next, before === undefined ? {} : ratesBetween(before, next))
      if (next.status) before = next
      if (views === options.count) break
      await sleep(options.every, undefined, { signal: stop.signal }).catch(() => {})
    }
  } finally {
    show.end()
  }
}

interface Sample {
  readonly at: number
  readonly status?: Status
  readonly failure?: string
}

interface Display {
  view(sample: Sample, rates: Record<string, number>): void
  end(): void
}

async function takeSample(api: EngineQueries, now: () => number): Promise<Sample> {
  try {
    return { status: await api.status(), at: now() }
  } catch (thrown) {
    return { failure: messageOf(thrown), at: now() }
  }
}

/** Uses the alternate screen, so that the terminal is left as it was. */
function createScreen(seams: Seams, stop: AbortController): Display {
  const { stdin, stdout } = seams
  const onKey = (key: Buffer) => {
    if (['q', 'Q', CTRL_C].includes(key.toString())) stop.abort()
  }
  const onSignal = () => stop.abort()
  if (stdin.isTTY) {
    stdin.setRawMode?.(true)
    stdin.on('data', onKey)
  }
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal)
  stdout.write(`${ESC}[?1049h${ESC}[?25l`)
  return {
    view({ status, failure = '', at }, rates) {
      const screen = screenOf(seams)
      const body = status
        ? renderStatus(status, { ...screen, now: at, rates })
        : [screen.paint('red', cut(printable(failure), screen.width))]
      const rows = [...body, '', screen.paint('dim', 'q ends')].slice(0, stdout.rows ?? 24)
      stdout.write(`${ESC}[H${rows.map((line) => `${line}${ESC}[K`).join('\r\n')}${ESC}[J`)
    },
    end() {
      stdout.write(`${ESC}[?25h${ESC}[?1049l`)
      process.off('SIGINT', onSignal).off('SIGTERM', onSignal)
      if (!stdin.isTTY) return
      stdin.off('data', onKey)
      stdin.setRawMode?.(false)
      stdin.pause()
    },
  }
}

/** One line per component and view, for pipes and files. */
function createLines(seams: Seams): Display {
  return {
    view({ status, failure = '', at }, rates) {
      const time = new Date(at).toISOString()
      if (!status) return print(seams, [`${time} ${printable(failure)}`])
      const line = (id: string, state: string, lag: number, count: string) =>
        `${time} ${id} ${state}, lag ${formatDuration(lag * 1000)}, ${count}, ${(rates[id] ?? 0).toFixed(1)}/s`
      print(seams, [
        ...Object.entries(status.sources).map(([id, it]) =>
          line(id, it.state, it.lagSeconds, `${formatCount(it.events)} events`),
        ),
        ...Object.entries(status.sinks).map(([id, it]) =>
          line(id, it.state, it.lagSeconds, `${formatCount(it.backlogEvents)} waiting`),
        ),
      ])
    },
    end() {},
  }
}

const ESC = '\u001b'
const CTRL_C = '\u0003'

function ratesBetween(before: Sample, next: Sample): Record<string, number> {
  const seconds = (next.at - before.at) / 1000
  const earlier = totalsOf(before)
  const rates = Object.entries(totalsOf(next)).map(([id, total]): [string, number] => [
    id,
    seconds > 0 ? Math.max(0, total - (earlier[id] ?? total)) / seconds : 0,
  ])
  return Object.fromEntries(rates)
}

function totalsOf({ status }: Sample): Record<string, number> {
  return Object.fromEntries([
    ...Object.entries(status?.sources ?? {}).map(([id, it]) => [id, it.events]),
    ...Object.entries(status?.sinks ?? {}).map(([id, it]) => [
      id,
      it.delivered + it.filtered + it.deadLettered,
    ]),
  ])
}

function parseInterval(text: string): number {
  const ms = parseDuration(text)
  if (ms === undefined || ms < 100) throw new InvalidArgumentError('expected a duration such as 2s or 1m')
  return ms
}

function parseCount(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('expected a whole number above 0')
  return Number(text)
}
