/** What one sink does with one event, rule by rule, and what it would send. */
import type { Redaction, SinkConfig } from '../config/config.ts'
import type { Preview } from '../connector.ts'
import { formerHashes } from '../deliver/redact.ts'
import { compileRules, type RuleName } from '../deliver/rules.ts'
import type { Kept } from '../deliver/ruling.ts'
import { messageOf } from '../errors.ts'
import type { AuditEvent } from '../event.ts'
import { lineFormat } from '../formats/formats.ts'
import { native, parseNativeText } from '../formats/native.ts'
import { jsonText } from '../lib/json-text.ts'
import { memberAt } from '../lib/members.ts'
import { VERSION } from '../version.ts'

/** The shape of `explain --json`. */
export type Explanation = {
  readonly sink: string
  readonly type: string
  /** Why it takes the event, or does not. */
  readonly reason: string
  /** The steps that ran; none for a sink without rules. */
  readonly steps: readonly ExplainedStep[]
} & (
  | { readonly takes: false }
  | {
      readonly takes: true
      readonly redacted: readonly { readonly field: string; readonly with: string }[]
      readonly format: string
      /** The event in the sink's format, without the line's end. */
      readonly line: string
      /** What is sent, with all that the sink puts around the line. */
      readonly sent?: Preview
    }
)

interface ExplainedStep {
  readonly rule: RuleName
  readonly goesOn: boolean
  /** What it did. */
  readonly detail: string
  /** Of `redact`: one step a field. */
  readonly field?: string
}

export function explainSink(sink: SinkConfig, event: AuditEvent): Explanation {
  const about = { sink: sink.id, type: sink.definition.type }
  const steps: ExplainedStep[] = []
  const left = (reason: string): Explanation => ({ ...about, takes: false, reason, steps })
  if (!sink.enabled) return left('it is not enabled')
  if (!sink.sources.includes(event.source)) {
    return left(`it takes from ${sink.sources.join(', ')}, not from ${event.source}`)
  }
  let before = event
  const ruling = compileRules(sink).apply(
    Buffer.from(native.encode(event)),
    undefined,
    (rule, now, goesOn) => {
      if (rule === 'redact') steps.push(...sink.redact.map((it) => redaction(it, before, now)))
      else steps.push({ rule, goesOn, detail: detailOf(rule, sink, now, goesOn) })
      before = parseNativeText(native.encode(now))
    },
  )
  if (ruling.kind === 'filtered') {
    return left(ruling.rule === 'where' ? `where is false: ${sink.where}` : `${ruling.rule} leaves it out`)
  }
  if (ruling.kind === 'failed') return left(`dead letter, ${ruling.reason}`)
  const sent = previewOf(sink, ruling)
  return {
    ...about,
    takes: true,
    reason: sink.where === undefined ? 'it has no filter' : `where is true: ${sink.where}`,
    steps,
    redacted: sink.redact.map(({ field, with: how }) => ({ field, with: how })),
    format: sink.format,
    line: new TextDecoder().decode(ruling.payload),
    ...(sent && { sent }),
  }
}

function detailOf(rule: RuleName, sink: SinkConfig, event: AuditEvent, goesOn: boolean): string {
  const { enrichment } = event
  switch (rule) {
    case 'enrich':
      return enrichment === undefined ? 'nothing is known of its address' : JSON.stringify(enrichment)
    case 'where':
      return `${goesOn}: ${sink.where}`
    case 'sample':
      if (!goesOn) return 'its uid is among those that are left out'
      if (enrichment?.sampled === undefined) return 'no entry is for it'
      return `its uid is among the ${enrichment.sampled.keep} of ${enrichment.sampled.of} that are sent`
    default:
      return 'whether it repeats one that was sent shows only when it comes'
  }
}

/** Shows the new value, never the old one. */
function redaction(it: Redaction, before: AuditEvent, after: AuditEvent): ExplainedStep {
  const value = memberAt(after, it.field.split('.'))
  const now = value === undefined ? 'absent' : jsonText(value)
  const former = formerHashes(before, it).map((hash) => `; with a key before: ${JSON.stringify(hash)}`)
  return { rule: 'redact', goesOn: true, field: it.field, detail: `${it.with}: ${now}${former.join('')}` }
}

function previewOf(sink: SinkConfig, { event, payload }: Kept): Preview | undefined {
  const { uid, timestamp, source, organization } = event
  const batch = {
    source,
    organization,
    events: [{ uid, timestamp, payload, event }],
    bytes: payload.byteLength,
  }
  const format = lineFormat(sink.format, sink.formatOptions)
  try {
    return sink.definition.preview?.(sink.options, { format, version: VERSION }, batch)
  } catch (thrown) {
    return { place: 'cannot be shown', body: messageOf(thrown) }
  }
}
