/** An explained event for people. Pure. */
import type { AuditEvent } from '../event.ts'
import { rfc3339 } from '../formats/rfc3339.ts'
import { visible } from './visible.ts'

/** What a sink does with the event. The shape of `explain --json`. */
export type Explanation = {
  readonly sink: string
  readonly type: string
  /** Why it takes the event or not. */
  readonly reason: string
} & (
  | { readonly takes: false }
  | {
      readonly takes: true
      readonly redacted: readonly { readonly field: string; readonly with: string }[]
      readonly format: string
      /** What is sent, without the line's end. */
      readonly line: string
    }
)

export function renderExplanation(event: AuditEvent, sinks: readonly Explanation[]): string[] {
  const head = `${event.action} (${event.actionName}) of ${rfc3339(event.timestamp)} from ${event.source}`
  return [visible(head), `uid ${visible(event.uid)}`, ...sinks.flatMap((sink) => ['', ...renderSink(sink)])]
}

function renderSink(it: Explanation): string[] {
  if (!it.takes) return [visible(`${it.sink} (${it.type}) leaves it out: ${it.reason}`)]
  const redacted = it.redacted.map(({ field, with: how }) => `${field} (${how})`).join(', ')
  return [
    visible(`${it.sink} (${it.type}) takes it: ${it.reason}`),
    `  redacted: ${redacted === '' ? 'nothing' : redacted}`,
    `  ${it.format}, ${Buffer.byteLength(it.line)} bytes:`,
    `  ${visible(it.line)}`,
  ]
}
