/**
 * What a sink does with an event before it is written. The rules run in one order, whatever the order of the file:
 * enrich, where, sample, dedupe_window, redact; then the format (docs/rules.md).
 */
import type { SinkConfig } from '../config/config.ts'
import { messageOf, UsageError } from '../errors.ts'
import type { AuditEvent } from '../event.ts'
import { lineFormat } from '../formats/formats.ts'
import { parseNative } from '../formats/native.ts'
import type { MmdbOptions } from '../lib/mmdb.ts'
import { checkWhere } from './check-where.ts'
import { compileEnrich, type Enricher } from './enrich.ts'
import { shownReason } from './failure-reason.ts'
import { compileHoldBack, type HoldBack } from './held-back.ts'
import { checkRedaction, redact, redactAgain } from './redact.ts'
import type { Repeats } from './repeats.ts'
import { Kept, type Ruling } from './ruling.ts'
import { compileSample } from './sample.ts'
import { compileLineWhere, compileWhere } from './where.ts'

export interface Rules {
  /** The stored bytes are what the sink gets: no rule needs the event. */
  readonly passthrough: boolean
  /** `line` is a native event. Never throws. Without `repeats` no event is a repeat. */
  apply(line: Uint8Array, repeats?: Repeats, watch?: Watch): Ruling
  /** Makes the event of a line that was kept again. */
  again(line: Uint8Array): AuditEvent
  /** The event of a line that a rule failed on, as far as it may be kept: without any field that is redacted. */
  redacted(line: Uint8Array): AuditEvent
  /** Why an event that a rule failed on, and that was kept redacted, still may not go out. */
  readonly holdBack: HoldBack
  /** An event that was kept redacted, as the sink gets it. Also redacts what the configuration hides since then. */
  format(event: AuditEvent): Uint8Array
}

export type RuledSink = Pick<
  SinkConfig,
  'where' | 'redact' | 'format' | 'formatOptions' | 'enrich' | 'sample' | 'dedupeWindowMs'
>

/** Called after each rule, with the event as the rule left it and whether it goes on. */
type Watch = (rule: RuleName, event: AuditEvent, goesOn: boolean) => void

export type RuleName = 'enrich' | 'where' | 'sample' | 'dedupe_window' | 'redact'

/** The rules of a sink that may leave an event out. */
export function filtersOf(sink: RuledSink): RuleName[] {
  const given = { where: sink.where, sample: sink.sample, dedupe_window: sink.dedupeWindowMs }
  return (Object.keys(given) as (keyof typeof given)[]).filter((rule) => given[rule] !== undefined)
}

interface Step {
  readonly rule: RuleName
  /** Names it in a failure's reason; defaults to `rule`. */
  readonly title?: string
  /** May change the event; answers whether it goes on. */
  run(event: AuditEvent, repeats: Repeats | undefined): boolean
}

const UNWATCHED: MmdbOptions = { now: Date.now, warn() {} }

/** Throws UsageError for a rule that can't work. */
export function compileRules(sink: RuledSink, options: MmdbOptions = UNWATCHED): Rules {
  check(sink)
  const enrich = enricherOf(sink, options)
  // A filter that needs no enrichment reads the line's bytes: what it leaves out is never parsed.
  const filter = enrich === undefined && sink.where !== undefined ? compileLineWhere(sink.where) : undefined
  const steps = stepsOf(sink, enrich)
  const format = lineFormat(sink.format, sink.formatOptions)
  const changes = steps.some(({ rule }) => rule === 'enrich' || rule === 'sample' || rule === 'redact')
  const asStored = !changes && sink.format === 'native'

  const kept = (event: AuditEvent, line: Uint8Array): Ruling => {
    if (asStored) return new Kept(line, line, 'utf8')
    return new Kept(format.encode(event), line, 'utf8', changes ? event : undefined)
  }
  /** The payload of a line that neither a rule nor the format needs parsed; undefined for any other. */
  const asItLies = (line: Uint8Array): Ruling | undefined => {
    if (steps.length > 0) return undefined
    const payload = asStored ? line : format.encodeLine?.(line)
    return payload === undefined ? undefined : new Kept(payload, line, 'latin1')
  }
  const unredacted = (line: Uint8Array) => {
    const event = parseNative(line)
    try {
      enrich?.(event)
    } catch {
      // That may be the very failure, which the reason then names.
    }
    return event
  }
  /** An error may quote the event: this leaves out what the sink must not show. */
  const reasonOf = (thrown: unknown, line: Uint8Array) => {
    try {
      return shownReason(messageOf(thrown), unredacted(line), sink)
    } catch {
      return 'is damaged'
    }
  }
  const redacted = (line: Uint8Array) => {
    const event = unredacted(line)
    redact(event, sink.redact)
    return event
  }
  const rules: Rules = {
    passthrough: filter === undefined && steps.length === 0 && asStored,
    again(line) {
      if (!changes) return parseNative(line)
      const ruling = rules.apply(line)
      // The enrichment may have changed meanwhile, and with it what a filter decides.
      return ruling.kind === 'keep' ? ruling.event : redacted(line)
    },
    redacted,
    holdBack: compileHoldBack(sink, enrich),
    format(event) {
      redactAgain(event, sink.redact)
      return Buffer.from(format.encode(event))
    },
    apply(line, repeats, watch) {
      let doing = filter === undefined ? 'the stored event' : titleOfWhere(sink)
      try {
        if (filter !== undefined) {
          const goesOn = filter(line)
          watch?.('where', parseNative(line), goesOn)
          if (!goesOn) return { kind: 'filtered', rule: 'where' }
        }
        doing = 'the stored event'
        const unparsed = asItLies(line)
        if (unparsed !== undefined) return unparsed
        const event = parseNative(line)
        for (const step of steps) {
          doing = step.title ?? step.rule
          const goesOn = step.run(event, repeats)
          watch?.(step.rule, event, goesOn)
          if (!goesOn) return { kind: 'filtered', rule: step.rule }
        }
        doing = `format ${sink.format}`
        return kept(event, line)
      } catch (thrown) {
        return { kind: 'failed', reason: `${doing}: ${reasonOf(thrown, line)}` }
      }
    },
  }
  return rules
}

/** The sink's rules, in order; a filter over the stored line has already run by then. */
function stepsOf(sink: RuledSink, enrich: Enricher | undefined): Step[] {
  const steps: Step[] = []
  if (enrich !== undefined) {
    steps.push({ rule: 'enrich', run: goingOn(enrich) })
    if (sink.where !== undefined) {
      steps.push({ rule: 'where', title: titleOfWhere(sink), run: compileWhere(sink.where) })
    }
  }
  if (sink.sample !== undefined) {
    steps.push({ rule: 'sample', run: compileSample(sink.sample) })
  }
  if (sink.dedupeWindowMs !== undefined) {
    steps.push({ rule: 'dedupe_window', run: (event, repeats) => repeats?.isRepeat(event) !== true })
  }
  if (sink.redact.length > 0) {
    steps.push({ rule: 'redact', run: goingOn((event) => redact(event, sink.redact)) })
  }
  return steps
}

function titleOfWhere({ where }: RuledSink): string {
  return `where: ${where}`
}

function goingOn(change: (event: AuditEvent) => void): Step['run'] {
  return (event) => {
    change(event)
    return true
  }
}

function check({ where, sample = [], redact: redactions }: RuledSink): void {
  const expressions = [...(where === undefined ? [] : [where]), ...sample.map((it) => it.where)]
  const problem = [...expressions.map(checkWhere), ...redactions.map(checkRedaction)].find(
    (found) => found !== undefined,
  )
  if (problem !== undefined) throw new UsageError(problem)
}

function enricherOf({ enrich }: RuledSink, options: MmdbOptions): Enricher | undefined {
  if (enrich === undefined) return undefined
  try {
    return compileEnrich(enrich, options)
  } catch (thrown) {
    throw new UsageError(`enrich.geoip: ${messageOf(thrown)}`)
  }
}
