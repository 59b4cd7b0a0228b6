/** `auditferry check`: online tests of reach, rights, plan and clock; `--send` puts a marked event through a sink. */
import type { Command } from 'commander'
import type { Config, SinkConfig, SourceConfig } from '../config/config.ts'
import type { CheckResult, ConnectorContext, Sink } from '../connector.ts'
import { compileRules } from '../deliver/rules.ts'
import { batchOf } from '../deliver/work.ts'
import { messageOf, UsageError } from '../errors.ts'
import { type AuditEvent, eventUid } from '../event.ts'
import { lineFormat } from '../formats/formats.ts'
import { silentLogger } from '../lib/logger.ts'
import { VERSION } from '../version.ts'
import { loadOrFail } from './load-or-fail.ts'

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
    .option('-c, --config <file>', 'configuration file')
    .option('--send', 'also write one event, marked as a test, through each sink')
    .option('--json', 'print one JSON document')
    .action(check)
}

async function check(ids: string[], options: CheckOptions): Promise<void> {
  const config = loadOrFail(options.config)
  const known = [...Object.keys(config.sources), ...Object.keys(config.sinks)]
  const unknown = ids.filter((id) => !known.includes(id))
  if (unknown.length > 0)
    throw new UsageError(`no such component: ${unknown.join(', ')} (there are ${known.join(', ')})`)
  const wanted = (id: string) => ids.length === 0 || ids.includes(id)
  const lines = await Promise.all([
    ...Object.values(config.sources)
      .filter(({ id }) => wanted(id))
      .map(checkSource),
    ...Object.values(config.sinks)
      .filter(({ id, enabled }) => wanted(id) && enabled)
      .map((sink) => checkSink(sink, config, options.send === true)),
  ])
  const ok = lines.every((line) => line.ok)
  if (options.json === true) process.stdout.write(`${JSON.stringify({ ok, checks: lines }, undefined, 2)}\n`)
  else process.stdout.write(lines.map(render).join(''))
  process.exitCode = ok ? 0 : 1
}

async function checkSource(config: SourceConfig): Promise<CheckLine> {
  return guarded(config.id, 'source', async () => {
    const source = config.definition.create(config.options, contextOf(config))
    try {
      return await source.check(deadline(config.connection.timeoutMs))
    } finally {
      await source.close()
    }
  })
}

async function checkSink(config: SinkConfig, all: Config, send: boolean): Promise<CheckLine> {
  return guarded(config.id, 'sink', async () => {
    const format = lineFormat(config.format, config.formatOptions)
    const sink = config.definition.create(config.options, { ...contextOf(config), format })
    try {
      const signal = deadline(config.connection.timeoutMs)
      const reached = (await sink.check?.(signal)) ?? {
        ok: true,
        detail: 'nothing to test offline',
        cure: '',
      }
      return reached.ok && send ? await sendTestEvent(config, sink, all) : reached
    } finally {
      await sink.close()
    }
  })
}

async function sendTestEvent(config: SinkConfig, sink: Sink, all: Config): Promise<CheckResult> {
  const source = config.sources[0] ?? Object.keys(all.sources)[0] ?? 'auditferry'
  const event = testEvent(source)
  const item = {
    uid: event.uid,
    timestamp: event.timestamp,
    payload: compileRules(config).format(event),
    event,
    offset: undefined,
  }
  // An acknowledged write may take the sink's own patience on top of one request's.
  const outcomes = await sink.write(
    batchOf(source, event.organization, [item]),
    deadline(config.connection.timeoutMs + 60_000),
  )
  const [outcome] = outcomes
  if (outcome?.kind === 'delivered')
    return { ok: true, detail: `test event ${event.uid.slice(0, 16)}… delivered`, cure: '' }
  const reason = outcome === undefined ? 'no outcome' : outcome.reason
  return {
    ok: false,
    detail: `the test event was not taken: ${reason}`,
    cure: 'mend what the answer names, then run the check again',
  }
}

/** Recognisable everywhere: its own action, category and text. */
function testEvent(source: string): AuditEvent {
  const timestamp = Math.floor(Date.now() / 1000)
  const description = 'Test event of `auditferry check --send`: nothing happened.'
  const identity = {
    organization: 'auditferry-test',
    timestamp,
    action: 'auditferry-test',
    login: 'auditferry',
    sourceIp: '',
    description,
    tokenId: '',
    tokenName: '',
    actorName: '',
    actorUrn: '',
    orgAdmin: false,
    stackAdmin: false,
    authFailure: false,
  }
  return {
    uid: eventUid(identity, 0),
    source,
    organization: 'auditferry-test',
    timestamp,
    observedAt: Date.now(),
    action: 'auditferry-test',
    actionName: 'Auditferry Test',
    category: 'unknown',
    operation: 'other',
    outcome: 'unknown',
    severity: 1,
    actor: { type: 'system', login: 'auditferry', name: 'auditferry' },
    required: { orgAdmin: false, stackAdmin: false },
    authFailure: false,
    description,
    raw: { test: true },
  }
}

function contextOf({ id, connection }: Pick<SourceConfig, 'id' | 'connection'>): ConnectorContext {
  return { id, connection, logger: silentLogger, now: Date.now, version: VERSION }
}

function deadline(timeoutMs: number): AbortSignal {
  return AbortSignal.timeout(timeoutMs + 1_000)
}

async function guarded(
  id: string,
  kind: CheckLine['kind'],
  run: () => Promise<CheckResult>,
): Promise<CheckLine> {
  const result = await run().catch((error: unknown) => ({ ok: false, detail: messageOf(error), cure: '' }))
  return { id, kind, ok: result.ok, detail: result.detail, cure: result.cure }
}

function render({ id, kind, ok, detail, cure }: CheckLine): string {
  const advice = cure === '' ? '' : `\n        → ${cure}`
  return `${ok ? 'ok   ' : 'FAIL '} ${kind} ${id}: ${detail}${advice}\n`
}
