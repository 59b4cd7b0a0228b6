/**
 * What the reason of a failed rule may reveal when the sink redacts parts of the event. An error can quote a piece of a
 * redacted text, or a text made from it (`raw[actor.login.lowerAscii()]`): only what the expression itself says is shown.
 */
import type { AuditEvent } from '../event.ts'
import { withoutHidden } from './redact.ts'
import type { RuledSink } from './rules.ts'

export function shownReason(message: string, event: AuditEvent, sink: RuledSink): string {
  const { where, sample = [], redact } = sink
  if (redact.length === 0) return message
  const expressions = [...sample.map((it) => it.where), ...(where === undefined ? [] : [where])]
  return withoutHidden(withoutDetail(message, expressions), event, redact)
}

function withoutDetail(message: string, expressions: readonly string[]): string {
  const named = expressions.find((text) => message.startsWith(`${text}: `))
  const start = named === undefined ? 0 : named.length + 2
  const colon = message.indexOf(': ', start)
  // Those name types, not values.
  if (colon === -1 || /^(no such|found no matching) overload/.test(message.slice(start))) return message
  const detail = message.slice(colon + 2)
  return expressions.some((text) => text.includes(detail))
    ? message
    : `${message.slice(0, colon)}: [redacted]`
}
