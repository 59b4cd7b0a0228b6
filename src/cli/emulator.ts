/** `auditferry emulator`: the audit API on loopback with an invented log, for trying a SIEM without an account. */
import type { Command } from 'commander'
import { createTicker } from '../../test/emulators/pulumi/demo.ts'
import { type PulumiEmulator, startPulumiEmulator } from '../../test/emulators/pulumi/emulator.ts'
import { inventHistory } from '../../test/emulators/pulumi/invent.ts'
import { messageOf, OperationError, UsageError } from '../errors.ts'
import { numberOf, wholeOf } from './flags.ts'

interface Flags {
  readonly port: string
  readonly org: string
  readonly token: string
  readonly events: string
  readonly rate: string
  readonly pageSize?: string
  readonly v1Only?: true
  readonly columns: string
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
    .option('--seed <number>', 'another seed, another story', '1')
    .action(runEmulator)
}

async function runEmulator(flags: Flags): Promise<void> {
  const seed = numberOf(flags.seed, '--seed')
  const rate = numberOf(flags.rate, '--rate')
  const count = wholeOf(flags.events, '--events')
  const columns = wholeOf(flags.columns, '--columns')
  if (columns !== 9 && columns !== 13) throw new UsageError('--columns: expected 9 or 13')
  const pageSize =
    flags.pageSize === undefined ? Number.POSITIVE_INFINITY : wholeOf(flags.pageSize, '--page-size', 1)

  const emulator = await startPulumiEmulator({
    port: wholeOf(flags.port, '--port', 0, 65_535),
    organizations: [flags.org],
    token: flags.token,
    past: inventHistory({ seed, count, newest: nowSecond(), density: 0.1 }),
    switches: { pageSize, columns, v2: !flags.v1Only },
  }).catch((thrown: unknown) => {
    throw new OperationError(`the emulator can't listen on port ${flags.port}: ${messageOf(thrown)}`)
  })
  process.stdout.write(greeting(emulator, count, rate))
  const timer = setInterval(createTicker(emulator, { seed, rate, firstIndex: count }), TICK_MS)
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
