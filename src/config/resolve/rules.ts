/** Checks a sink's rules against its format and one another. */
import { enrichmentIn } from '../../deliver/check-where.ts'
import { lineFormat } from '../../formats/formats.ts'
import type { SinkConfig } from '../config.ts'
import { errorAt, type SectionContext, warnAt } from '../section.ts'
import type { SinkOptions } from '../sink-options.ts'
import type { Path } from '../tree.ts'

type RuleConfig = Pick<SinkConfig, 'where' | 'enrich' | 'sample' | 'dedupeWindowMs' | 'redact'>

/** `path` is that of the sink; errors are reported. */
export function resolveRules(options: SinkOptions, path: Path, context: SectionContext): RuleConfig {
  warnOfPlainHashes(options.redact, path, context)
  refuseDrops(options, path, context)
  warnOfUnadded(options, path, context)
  const { where, enrich, sample, dedupe_window: dedupeWindowMs, redact } = options
  const { fields } = enrich
  const { city, asn } = enrich.geoip
  const geoip = { ...(city !== undefined && { city }), ...(asn !== undefined && { asn }) }
  const adds = Object.keys(fields).length + Object.keys(geoip).length > 0
  return {
    ...(where !== undefined && { where }),
    ...(adds && { enrich: { fields, geoip } }),
    ...(sample.length > 0 && { sample }),
    ...(dedupeWindowMs !== undefined && { dedupeWindowMs }),
    redact,
  }
}

/** A format can't do without some fields, though masked or hashed they still serve. */
function refuseDrops({ format, redact }: SinkOptions, path: Path, context: SectionContext): void {
  const { requires = [] } = lineFormat(format)
  for (const [index, { field, with: how }] of redact.entries()) {
    if (how !== 'drop') continue
    const needed = requires.find((it) => it === field || it.startsWith(`${field}.`))
    if (needed === undefined) continue
    const fault = `the format ${format} can’t do without ${needed}: mask, hash or truncate it where that is possible, or choose another format`
    errorAt(context, [...path, 'redact', index, 'field'], fault)
  }
}

/** A plain hash of a login or an address is found by hashing all of them. */
function warnOfPlainHashes(redact: SinkConfig['redact'], path: Path, context: SectionContext): void {
  for (const [index, { with: how, key }] of redact.entries()) {
    if (how !== 'hash' || key !== undefined) continue
    const message = 'a hash without a key can be undone by trying names; add a key'
    warnAt(context, [...path, 'redact', index], message)
  }
}

/** Reading what is never there fails on every event; events that an archive imports may bring it. */
function warnOfUnadded({ where, sample, enrich }: SinkOptions, path: Path, context: SectionContext): void {
  const { fields, geoip } = enrich
  const added = new Set([
    ...Object.keys(fields).map((name) => `fields.${name}`),
    ...(geoip.city === undefined ? [] : ['geo']),
    ...(geoip.asn === undefined ? [] : ['as']),
  ])
  const expressions: [Path, string | undefined][] = [
    [[...path, 'where'], where],
    ...sample.map((entry, index): [Path, string] => [[...path, 'sample', index, 'where'], entry.where]),
  ]
  for (const [at, text] of expressions) {
    if (!text?.includes('enrichment')) continue
    const unadded = enrichmentIn(text).find((part) => !added.has(part))
    if (unadded === undefined) continue
    warnAt(context, at, `reads enrichment.${unadded}, which \`enrich\` of this sink does not add`)
  }
}
