/**
 * Dead letters on which a rule failed. When retried, the current rules judge what was kept of the event; what a rule
 * filters out, or can't judge, stays where it is.
 */
import type { Redaction } from '../config/config.ts'
import { messageOf } from '../errors.ts'
import type { AuditEvent } from '../event.ts'
import type { Enricher } from './enrich.ts'
import type { RuledSink } from './rules.ts'
import { compileSample } from './sample.ts'
import { compileWhere } from './where.ts'

/** Why an event may not go out; undefined if it may. May add to the event. Never throws. */
export type HoldBack = (event: AuditEvent) => string | undefined

export function compileHoldBack(sink: RuledSink, enrich: Enricher | undefined): HoldBack {
  const { where, sample, redact } = sink
  const rules: {
    readonly rule: string
    readonly reads: readonly string[]
    run(event: AuditEvent): boolean
  }[] = []
  if (where !== undefined) rules.push({ rule: `where: ${where}`, reads: [where], run: compileWhere(where) })
  if (sample !== undefined) {
    rules.push({ rule: 'sample', reads: sample.map((it) => it.where), run: compileSample(sample) })
  }
  const mayEnrich = !redact.some(({ field }) => field === 'sourceIp' || field.startsWith('enrichment'))
  return (event) => {
    let doing = 'enrich'
    try {
      if (event.enrichment === undefined && mayEnrich) enrich?.(event)
      for (const { rule, reads, run } of rules) {
        doing = rule
        if (reads.some((text) => readsHidden(text, redact))) {
          return `${rule}: asks for what is redacted here; a replay of that time judges the whole event`
        }
        if (!run(event)) return `${rule}: leaves it out`
      }
      return undefined
    } catch (thrown) {
      return `${doing}: ${messageOf(thrown)}`
    }
  }
}

/** Errs on the safe side: a word in the expression may mean something else. */
function readsHidden(text: string, redactions: readonly Redaction[]): boolean {
  const reads = (name: string) => new RegExp(`\\b${name}\\b`).test(text)
  return redactions.some(({ field }) => {
    const [part = '', ...path] = field.split('.')
    // Copies in the record are redacted with a field.
    if (part !== 'enrichment' && reads('raw')) return true
    return reads(part) && path.slice(-1).every(reads)
  })
}
