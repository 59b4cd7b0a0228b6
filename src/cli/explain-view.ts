/** An explained event for people. Pure. */
import type { Preview } from '../connector.ts'
import type { AuditEvent } from '../event.ts'
import { rfc3339 } from '../formats/rfc3339.ts'
import { unbroken } from '../lib/printable.ts'
import type { Explanation } from './explain-sink.ts'

export function renderExplanation(event: AuditEvent, sinks: readonly Explanation[]): string[] {
  const head = `${event.action} (${event.actionName}) of ${rfc3339(event.timestamp)} from ${event.source}`
  return [unbroken(head), `uid ${unbroken(event.uid)}`, ...sinks.flatMap((sink) => ['', ...renderSink(sink)])]
}

function renderSink(it: Explanation): string[] {
  const steps = it.steps.map(({ rule, field, detail }) =>
    unbroken(`  ${field === undefined ? rule : `${rule} ${field}`}: ${detail}`),
  )
  if (!it.takes) return [unbroken(`${it.sink} (${it.type}) leaves it out: ${it.reason}`), ...steps]
  const redacted = it.redacted.map(({ field, with: how }) => `${field} (${how})`).join(', ')
  return [
    unbroken(`${it.sink} (${it.type}) takes it: ${it.reason}`),
    ...steps,
    `  redacted: ${redacted === '' ? 'nothing' : redacted}`,
    `  ${it.format}, ${Buffer.byteLength(it.line)} bytes:`,
    `  ${unbroken(it.line)}`,
    ...(it.sent === undefined ? [] : renderSent(it.sent, it.line)),
  ]
}

function renderSent({ place, headers = {}, body }: Preview, line: string): string[] {
  const text = body.trimEnd()
  return [
    unbroken(`  sent: ${place}`),
    ...Object.entries(headers).map(([name, value]) => unbroken(`    ${name}: ${value}`)),
    ...(text === line ? [] : [`  ${unbroken(text)}`]),
  ]
}
