import type { SinkConfig } from '../config/config.ts'
import { messageOf, UsageError } from '../errors.ts'
import type { AuditEvent } from '../event.ts'
import { lineFormat } from '../formats/formats.ts'
import { parseNative } from '../formats/native.ts'
import { checkRedaction, redact } from './redact.ts'
import { checkWhere, compileLineWhere } from './where.ts'

/** What a sink does with an event before it is written. */
export interface Rules {
  /** The stored bytes are what the sink gets: no rule needs the event. */
  readonly passthrough: boolean
  /** `line` is a native event. Never throws. */
  apply(line: Uint8Array): Ruling
  /** The event of a line that a rule failed on, as far as it may be kept: without any field that is redacted. */
  redacted(line: Uint8Array): AuditEvent
  /** An event, redacted already, as the sink gets it. */
  format(event: AuditEvent): Uint8Array
}

export type Ruling =
  | { readonly kind: 'keep'; readonly payload: Uint8Array; readonly event: AuditEvent }
  /** `rule` is the metric's label. */
  | { readonly kind: 'filtered'; readonly rule: string }
  /** A rule can't be computed for this event: a dead letter, never past the filter. */
  | { readonly kind: 'failed'; readonly reason: string }

/** Throws UsageError for a rule that can't work. */
export function compileRules(sink: Pick<SinkConfig, 'where' | 'redact' | 'format' | 'formatOptions'>): Rules {
  const problem =
    (sink.where === undefined ? undefined : checkWhere(sink.where)) ??
    sink.redact.map(checkRedaction).find((found) => found !== undefined)
  if (problem !== undefined) throw new UsageError(problem)

  const wants = sink.where === undefined ? undefined : compileLineWhere(sink.where)
  const format = lineFormat(sink.format, sink.formatOptions)
  const asStored = sink.redact.length === 0 && sink.format === 'native'

  const redacted = (line: Uint8Array) => {
    const event = parseNative(line)
    redact(event, sink.redact)
    return event
  }
  return {
    passthrough: wants === undefined && asStored,
    redacted,
    format: (event) => Buffer.from(format.encode(event)),
    apply(line) {
      let step = `where: ${sink.where}`
      try {
        if (wants !== undefined && !wants(line)) return { kind: 'filtered', rule: 'where' }
        if (asStored) return new StoredLine(line)
        step = 'the stored event'
        const event = parseNative(line)
        step = 'redact'
        redact(event, sink.redact)
        step = `format ${sink.format}`
        return { kind: 'keep', payload: Buffer.from(format.encode(event)), event }
      } catch (thrown) {
        return { kind: 'failed', reason: `${step}: ${messageOf(thrown)}` }
      }
    },
  }
}

/** The stored bytes are the payload; the event is parsed for whoever asks. A class: a getter made for each object is dear. */
class StoredLine {
  readonly kind = 'keep'
  readonly payload: Uint8Array

  constructor(line: Uint8Array) {
    this.payload = line
  }

  get event(): AuditEvent {
    return parseNative(this.payload)
  }
}
