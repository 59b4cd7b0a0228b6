/** `auditferry emulator`: the audit API on loopback with an invented log, for trying a SIEM without an account. */
import { type Command, Option } from 'commander'
import { createTicker } from '../../test/emulators/pulumi/demo.ts'
import { type PulumiEmulator, startPulumiEmulator } from '../../test/emulators/pulumi/emulator.ts'
import { inventHistory } from '../../test/emulators/pulumi/invent.ts'
import { defaultSwitches, type Switches } from '../../test/emulators/pulumi/switches.ts'
import { messageOf, OperationError, UsageError } from '../errors.ts'
import { numberOf, wholeOf } from './flags.ts'

interface Flags extends Pick<Switches, 'upperBound' | 'lowerBound' | 'tokens' | 'eventNames'> {
  readonly port: string
  readonly org: string
  readonly token: string
  readonly events: string
  readonly rate: string
  readonly pageSize?: string
  readonly v1Only?: true
  readonly columns: string
  readonly lateEvery: string
  readonly failEvery: string
  readonly seed: string
}

/** Events are invented this often while it runs. */
const TICK_MS = 250

export function register(program: Command): void {
  program
    .command('emulator')
    .description('serve the audit API on loopback, with invented events')
    .option('--port <number>', 'port to listen on; 0 takes a free one', '0')
    .option('--org <name>', 'name of the organisation', 'acme')
    .option('--token <text>', 'access token that is accepted', 'pul-0123456789abcdef')
    .option('--events <number>', 'events of the past', '1000')
    .option('--rate <number>', 'new events a second; 0 for none', '1')
    .option('--page-size <number>', 'most events in one answer (default: the whole log)')
    .option('--v1-only', 'no v2 API, as on an older self-hosted server')
    .option('--columns <number>', 'columns of the CSV: 9 or 13', '13')
    .addOption(
      choice('upperBound', '--upper-bound <kind>', 'second of the upper bound', ['exclusive', 'inclusive']),
    )
    .addOption(
      choice('lowerBound', '--lower-bound <kind>', 'second of the lower bound (v2)', [
        'inclusive',
        'exclusive',
      ]),
    )
    .addOption(
      choice('tokens', '--tokens <kind>', 'what a continuation token names (v2)', [
        'position',
        'second',
        'json',
        'none',
      ]),
    )
    .addOption(choice('eventNames', '--event-names <kind>', 'names of events in JSON', ['slug', 'display']))
    .option('--late-every <number>', 'one new event of so many shows up late, up to 10m; 0 for none', '0')
    .option('--fail-every <number>', 'one request of so many fails, each time otherwise; 0 for none', '0')
    .option('--seed <number>', 'another seed, another story', '1')
    .action(runEmulator)
}

function choice<Name extends keyof Switches>(
  name: Name,
  flags: string,
  what: string,
  kinds: readonly Switches[Name][],
): Option {
  return new Option(flags, what).choices(kinds.map(String)).default(defaultSwitches[name])
}

async function runEmulator(flags: Flags): Promise<void> {
  const { upperBound, lowerBound, tokens, eventNames } = flags
  const seed = numberOf(flags.seed, '--seed')
  const rate = numberOf(flags.rate, '--rate')
  const count = wholeOf(flags.events, '--events')
  const columns = wholeOf(flags.columns, '--columns')
  if (columns !== 9 && columns !== 13) throw new UsageError('--columns: expected 9 or 13')
  const lateEvery = wholeOf(flags.lateEvery, '--late-every')
  const failEvery = wholeOf(flags.failEvery, '--fail-every')
  const pageSize =
    flags.pageSize === undefined ? Number.POSITIVE_INFINITY : wholeOf(flags.pageSize, '--page-size', 1)

  const emulator = await startPulumiEmulator({
    port: wholeOf(flags.port, '--port', 0, 65_535),
    organizations: [flags.org],
    token: flags.token,
    past: inventHistory({ seed, count, newest: nowSecond(), density: 0.1 }),
    switches: { pageSize, columns, v2: !flags.v1Only, failEvery, upperBound, lowerBound, tokens, eventNames },
  }).catch((thrown: unknown) => {
    throw new OperationError(`the emulator can't listen on port ${flags.port}: ${messageOf(thrown)}`)
  })
  process.stdout.write(greeting(emulator, count, rate))
  const timer = setInterval(createTicker(emulator, { seed, rate, firstIndex: count, lateEvery }), TICK_MS)
  await new Promise<void>((resolve) => {
    process.once('SIGINT', () => resolve())
    process.once('SIGTERM', () => resolve())
  })
  clearInterval(timer)
  await emulator.stop()
}

function greeting({ url, organization, token }: PulumiEmulator, count: number, rate: number): string {
  return `The audit API of "${organization}" with ${count} invented events, ${rate} more a second, is at
  ${url}

Point auditferry at it:
  sources:
    ${organization}:
      type: pulumi
      organization: ${organization}
      access_token: ${token}
      api_url: ${url}
      poll_every: 5s

or look at it:
  curl --compressed -H 'Authorization: token ${token}' '${url}/api/orgs/${organization}/auditlogs/export?startTime=${nowSecond() + 60}'

Ctrl-C stops it.
`
}

function nowSecond(): number {
  return Math.floor(Date.now() / 1000)
}
