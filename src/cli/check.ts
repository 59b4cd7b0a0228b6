/** `auditferry check`: online tests of reach, rights, plan and clock; `--send` puts a marked event through a sink. */
import type { Command } from 'commander'
import type { SinkConfig, SourceConfig } from '../config/config.ts'
import type { CheckResult } from '../connector.ts'
import { testSink } from '../deliver/sink-test.ts'
import { messageOf, UsageError } from '../errors.ts'
import { silentLogger } from '../lib/logger.ts'
import { printable } from '../lib/printable.ts'
import type { CommandDeed } from '../trail/command-record.ts'
import { shortText } from '../trail/details.ts'
import { listed } from '../unknown-id.ts'
import { VERSION } from '../version.ts'
import { CONFIG_OPTION, configCure } from './config-option.ts'
import { loadOrFail } from './load-or-fail.ts'
import { recordInTrail } from './record-trail.ts'
import { printJson, processSeams } from './seams.ts'

interface CheckLine extends CheckResult {
  readonly id: string
  readonly kind: 'source' | 'sink'
}

interface CheckOptions {
  readonly config?: string
  readonly send?: true
  readonly json?: true
}

export function register(program: Command): void {
  program
    .command('check')
    .description('test every source and sink online: reach, rights, plan, clock')
    .argument('[ids...]', 'only these components')
    .option(...CONFIG_OPTION)
    .option('--send', 'also write one event, marked as a test, through each sink')
    .option('--json', 'print one JSON document')
    .action(check)
}

async function check(ids: string[], options: CheckOptions): Promise<void> {
  const config = await loadOrFail(options.config)
  const known = [...Object.keys(config.sources), ...Object.keys(config.sinks)]
  const unknown = ids.filter((id) => !known.includes(id))
  if (unknown.length > 0)
    throw new UsageError(
      `no such component: ${unknown.join(', ')} (there ${listed(known)})${configCure(unknown.join())}`,
    )
  const wanted = (id: string) => ids.length === 0 || ids.includes(id)
  const lines = await Promise.all([
    ...Object.values(config.sources)
      .filter(({ id }) => wanted(id))
      .map(checkSource),
    ...Object.values(config.sinks)
      .filter(({ id, enabled }) => wanted(id) && enabled)
      .map((sink) => checkSink(sink, options.send === true)),
  ])
  if (options.send) await recordInTrail(config, lines.filter(({ kind }) => kind === 'sink').map(deedOf))
  const ok = lines.every((line) => line.ok)
  if (options.json === true) printJson(processSeams, { ok, checks: lines })
  else process.stdout.write(lines.map(render).join(''))
  process.exitCode = ok ? 0 : 1
}

async function checkSource(config: SourceConfig): Promise<CheckLine> {
  const { ok, detail, cure } = await resultOf(config).catch((error: unknown) => {
    return { ok: false, detail: messageOf(error), cure: '' }
  })
  return { id: config.id, kind: 'source', ok, detail: printable(detail), cure: printable(cure) }
}

async function resultOf({ id, definition, options, connection }: SourceConfig): Promise<CheckResult> {
  const context = { id, connection, logger: silentLogger, now: Date.now, version: VERSION }
  const source = definition.create(options, context)
  try {
    return await source.check(AbortSignal.timeout(connection.timeoutMs + 1_000))
  } finally {
    await source.close()
  }
}

async function checkSink(config: SinkConfig, send: boolean): Promise<CheckLine> {
  const { ok, detail, cure } = await testSink(config, { send })
  return { id: config.id, kind: 'sink', ok, detail, cure }
}

/** As the engine records a test event. */
function deedOf({ id, ok, detail }: CheckLine): CommandDeed {
  const details = { id, ...(!ok && { reason: shortText(detail) }) }
  return { action: 'sink-tested', outcome: ok ? 'success' : 'failure', details }
}

function render({ id, kind, ok, detail, cure }: CheckLine): string {
  const advice = cure === '' ? '' : `\n        → ${cure}`
  return `${ok ? 'ok   ' : 'FAIL '} ${kind} ${id}: ${detail}${advice}\n`
}
