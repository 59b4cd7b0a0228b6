import type { SinkConfig } from '../config/config.ts'
import { createRepeats } from '../deliver/repeats.ts'
import { compileRules } from '../deliver/rules.ts'
import type { AuditEvent } from '../event.ts'
import { lineFormat } from '../formats/formats.ts'
import { native } from '../formats/native.ts'
import type { Outcome } from './test-file.ts'

/** What becomes of an event at a sink, according to its rules. */
export interface Actual {
  readonly outcome: Outcome
  readonly rule?: string
  readonly reason?: string
  /** What is sent, without the line's end. */
  readonly payload?: string
  /** The payload is a JSON document. */
  readonly isJson?: boolean
}

/** Why the sink never gets the event; undefined if it does. */
export function notTaken({ enabled, sources }: SinkConfig, { source }: AuditEvent): string | undefined {
  if (!enabled) return 'it is not enabled'
  return sources.includes(source) ? undefined : `it takes from ${sources.join(', ')}`
}

/** `before`: the events that the sink got earlier, oldest first. */
export function outcomeAt(sink: SinkConfig, event: AuditEvent, before: readonly AuditEvent[] = []): Actual {
  const reason = notTaken(sink, event)
  if (reason !== undefined) return { outcome: 'not_taken', reason }
  const rules = compileRules(sink)
  const repeats = createRepeats(sink.dedupeWindowMs ?? 0)
  const rule = (it: AuditEvent) => rules.apply(Buffer.from(native.encode(it)), repeats)
  for (const it of before) if (sink.sources.includes(it.source)) rule(it)
  const ruling = rule(event)
  if (ruling.kind === 'filtered') return { outcome: 'filtered', rule: ruling.rule }
  if (ruling.kind === 'failed') return { outcome: 'dead_lettered', reason: ruling.reason }
  const isJson = lineFormat(sink.format, sink.formatOptions).contentType === 'application/json'
  return { outcome: 'delivered', payload: new TextDecoder().decode(ruling.payload), isJson }
}
