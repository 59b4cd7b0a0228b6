/** `auditferry reconcile`: proves that a range is complete, or names the holes. */
import type { Command } from 'commander'
import { UsageError } from '../errors.ts'
import { rfc3339 } from '../formats/rfc3339.ts'
import { counted } from '../lib/counted.ts'
import type { OnProgress } from '../reconcile/progress.ts'
import type { ReconcileQuery } from '../reconcile/result.ts'
import { openAttestation } from './attest.ts'
import { CONFIG_OPTION } from './config-option.ts'
import { parseRange } from './moment.ts'
import { onlySource } from './named-source.ts'
import { createProgress } from './progress.ts'
import { renderReconciliation } from './reconcile-view.ts'
import { print, printJson, processSeams, type Seams, withEngine } from './seams.ts'
import { untilSignal } from './signals.ts'

interface Options {
  readonly config?: string
  readonly source?: string
  readonly from: string
  readonly to: string
  readonly repair?: true
  readonly json?: true
  readonly report?: string
  readonly sign?: string
}

export function register(program: Command, seams: Seams = processSeams): void {
  program
    .command('reconcile')
    .description('read a range of a source again and prove it complete, or name what is missing')
    .option(...CONFIG_OPTION)
    .option('--source <id>', 'source to read; needed if there are several')
    .requiredOption('--from <time>', 'first second: 2026-11-22T10:00:00Z, 2026-11-22, or 24h (ago)')
    .option('--to <time>', 'second to stop before', 'now')
    .option(
      '--repair',
      'spool what is missing, send again what a sink lost; the engine or the next run delivers it',
    )
    .option('--report <file>', 'write a page to be filed: a new .md or .json file')
    .option('--sign <file>', 'private Ed25519 key in PEM that signs the report')
    .option('--json', 'print one JSON document')
    .action((options: Options) => run(options, seams))
}

async function run(options: Options, seams: Seams): Promise<void> {
  const { from, to } = parseRange(options.from, options.to, seams.now())
  if (options.sign !== undefined && options.report === undefined) {
    throw new UsageError('--sign signs a report: name its file with --report')
  }
  const report =
    options.report === undefined ? undefined : await openAttestation(options.report, options.sign)
  try {
    await withEngine(seams, options.config, async ({ api, running }) => {
      const source = onlySource(Object.keys((await api.status()).sources), options.source)
      const query = { source, from, to, repair: options.repair === true }
      const progress = createProgress('events compared')
      const reached = { events: 0, position: to }
      let waited: number | undefined
      const onProgress: OnProgress = (events, position, share, wait) => {
        reached.events += events
        reached.position = Math.min(reached.position, position)
        progress.add(events, position, share)
        if (wait === undefined || wait.until === waited) return
        waited = wait.until
        progress.waits(wait.reason, waited - seams.now())
      }
      const done = await untilSignal(api.reconcile(query, onProgress)).finally(progress.end)
      if ('signal' in done) {
        await report?.discard()
        return tellInterrupted(seams, options, { ...query, ...reached, by: done.signal, running })
      }
      const { result } = done
      await report?.write(api, query, result, seams.now())
      if (options.json) printJson(seams, result)
      else print(seams, renderReconciliation(result, running))
      process.exitCode = result.complete ? 0 : 3
    })
  } catch (error) {
    await report?.discard()
    throw error
  }
}

interface Interrupted extends ReconcileQuery {
  readonly by: NodeJS.Signals
  readonly events: number
  /** The oldest second that was read, Unix seconds. */
  readonly position: number
  readonly running: boolean
}

function tellInterrupted(seams: Seams, { json }: Options, it: Interrupted): void {
  process.exitCode = 3
  const [from, to, position] = [it.from, it.to, it.position].map(rfc3339)
  if (json) {
    const range = { source: it.source, from, to, complete: false }
    printJson(seams, { ...range, interrupted: it.by, events: it.events, position })
  }
  const repaired = it.running ? 'the engine goes on with the repair' : 'what was repaired until then stays'
  const changed = it.repair ? repaired : 'nothing was changed'
  process.stderr.write(
    `auditferry: interrupted by ${it.by}: ${counted(it.events, 'event')} down to ${position} ${it.events === 1 ? 'was' : 'were'} compared, and ${changed}; repeat the command for the whole\n`,
  )
}
