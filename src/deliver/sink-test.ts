/** Whether a sink can be reached and takes an event: by its own check, and one event that is marked as a test. */
import type { SinkConfig } from '../config/config.ts'
import type { CheckResult, Sink } from '../connector.ts'
import { messageOf } from '../errors.ts'
import { type AuditEvent, eventUid } from '../event.ts'
import { lineFormat } from '../formats/formats.ts'
import { abortable } from '../lib/abortable.ts'
import { silentLogger } from '../lib/logger.ts'
import { printable } from '../lib/printable.ts'
import { VERSION } from '../version.ts'
import { compileRules } from './rules.ts'
import { batchOf } from './work.ts'

/** An acknowledged write may take the sink's own timeout on top of one request's. */
const ACKNOWLEDGED_MS = 60_000
const MARGIN_MS = 1_000

/** Uses an instance of its own, so the lane's counts, ledger and order are unaffected. Never throws. */
export async function testSink(config: SinkConfig, options: { send: boolean }): Promise<CheckResult> {
  const { ok, detail, cure } = await tested(config, options)
  // Both may quote the server.
  return { ok, detail: printable(detail), cure: printable(cure) }
}

async function tested(config: SinkConfig, { send }: { send: boolean }): Promise<CheckResult> {
  try {
    const { id, connection, definition } = config
    const context = { id, connection, logger: silentLogger, now: Date.now, version: VERSION }
    const format = lineFormat(config.format, config.formatOptions)
    const sink = definition.create(config.options, { ...context, format })
    try {
      const reached = await reach(config, sink)
      if (!reached.ok || !send) return reached
      // What an archive holds stays there, chained; and only the lane may write to its file.
      if (sink.archive)
        return { ...reached, detail: `${reached.detail}; an archive takes no test event: it would keep it` }
      return await sendTestEvent(config, sink)
    } finally {
      await sink.close()
    }
  } catch (error) {
    return { ok: false, detail: messageOf(error), cure: '' }
  }
}

async function reach({ connection }: SinkConfig, sink: Sink): Promise<CheckResult> {
  const nothing = { ok: true, detail: 'nothing to test offline', cure: '' }
  const checked = await within(connection.timeoutMs, async (signal) => sink.check?.(signal))
  return checked ?? nothing
}

/** Unlike `AbortSignal.timeout` it keeps the process alive, and does not wait for a sink that looks at no signal. */
async function within<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const late = new AbortController()
  const giveUp = () => late.abort(new Error(`the sink gave no answer within ${(ms + MARGIN_MS) / 1000} s`))
  const timer = setTimeout(giveUp, ms + MARGIN_MS)
  return await abortable(work(late.signal), late.signal).finally(() => clearTimeout(timer))
}

async function sendTestEvent(config: SinkConfig, sink: Sink): Promise<CheckResult> {
  const event = testEvent(config.sources[0] ?? 'auditferry')
  const item = {
    uid: event.uid,
    timestamp: event.timestamp,
    payload: compileRules(config).format(event),
    event,
    offset: undefined,
  }
  const batch = batchOf(event.source, event.organization, [item])
  const patience = config.connection.timeoutMs + ACKNOWLEDGED_MS
  const [outcome] = await within(patience, (signal) => sink.write(batch, signal))
  if (outcome?.kind === 'delivered')
    return { ok: true, detail: `test event ${event.uid.slice(0, 16)}… delivered`, cure: '' }
  const reason = outcome === undefined ? 'no outcome' : outcome.reason
  return {
    ok: false,
    detail: `the test event was not taken: ${reason}`,
    cure: 'mend what the answer names, then run the check again',
  }
}

/** Tells a test event at a sink from an event that nobody sent. */
export const TEST_ORGANIZATION = 'auditferry-test'

/** Recognisable everywhere: its own action, category and text. */
function testEvent(source: string): AuditEvent {
  const timestamp = Math.floor(Date.now() / 1000)
  const description = 'Test event of `auditferry check --send`: nothing happened.'
  const identity = {
    organization: TEST_ORGANIZATION,
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
    organization: TEST_ORGANIZATION,
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
