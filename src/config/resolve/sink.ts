import type { SinkDefinition, SinkLimits } from '../../connector.ts'
import type { FormatName } from '../../formats/format.ts'
import { FORMAT_NAMES } from '../../formats/formats.ts'
import { type FormatOptions, fixOptions, formatOptions } from '../../formats/options.ts'
import type { Registry } from '../../registry.ts'
import { loadSinkPackage, PackageFault } from '../../sink-package/load.ts'
import type { SinkConfig } from '../config.ts'
import { errorAt, type SectionContext, warnAt } from '../section.ts'
import { type SinkOptions, sinkOptions } from '../sink-options.ts'
import { isNull, type Path, type Tree } from '../tree.ts'
import { type Component, type ComponentKind, readComponent } from './component.ts'
import { resolveConnection } from './connection.ts'
import { resolveRules } from './rules.ts'

/** `sinks.<id>`; undefined after errors were reported. `sourceIds`: all of them, including those with errors. */
export function resolveSink(
  id: string,
  node: Tree,
  registry: Registry,
  sourceIds: readonly string[],
  context: SectionContext,
): SinkConfig | undefined {
  const path = ['sinks', id]
  const kind: ComponentKind<SinkDefinition, SinkOptions> = {
    word: 'sink',
    definitions: registry.sinks,
    known: registry.types.sinks,
    load: (type) => (type.startsWith('npm:') ? loadSinkPackage(type, context.folder) : undefined),
    common: (definition) => sinkOptions(definition?.formats ?? FORMAT_NAMES, sourceIds),
  }
  const component = readComponent(node, path, kind, context)
  if (component === undefined) return undefined
  const { definition, common, options } = component
  const said = saidOf(component, path, context)
  if (said === undefined) return undefined
  const { limits, refused, alone } = said
  const rules = resolveRules(common, path, context)
  warnOfIdleFormats(node, common.format, path, context)
  if (refused !== undefined) {
    errorAt(context, [...path, refused.option], refused.message)
    return undefined
  }
  return {
    id,
    definition,
    options,
    connection: resolveConnection(common, common.timeout ?? limits.defaults.timeoutMs, path, context),
    sources: [...new Set(common.sources ?? sourceIds)],
    ...rules,
    format: common.format,
    formatOptions: fixOptions(optionsOfFormats(common), definition.fixedFormatOptions),
    batch: resolveBatch(common.batch, limits, path, context),
    inFlight: common.in_flight ?? limits.defaults.inFlight,
    retry: {
      maxBackoffMs: common.retry.max_backoff,
      ...(common.retry.give_up_after !== undefined && { giveUpAfterMs: common.retry.give_up_after }),
    },
    start: common.start,
    enabled: common.enabled,
    ...(alone && { alone }),
  }
}

/** What the definition says of the options. Undefined after errors were reported: a package may say anything. */
function saidOf(
  { definition, common, options }: Component<SinkDefinition, SinkOptions>,
  path: Path,
  context: SectionContext,
) {
  try {
    return {
      limits: definition.limits(options),
      refused: definition.refuse?.(options, common.format),
      alone: definition.needsAlone?.(options),
    }
  } catch (error) {
    if (!(error instanceof PackageFault)) throw error
    errorAt(context, [...path, 'type'], error.message)
    return undefined
  }
}

function optionsOfFormats(common: SinkOptions): FormatOptions {
  const names = Object.keys(formatOptions.shape) as (keyof FormatOptions)[]
  return Object.fromEntries(names.map((name) => [name, common[name]])) as FormatOptions
}

/** Options of a format that the sink does not use have no effect. */
function warnOfIdleFormats(node: Tree, format: FormatName, path: Path, { problems }: SectionContext): void {
  if (node.kind !== 'map') return
  for (const name of Object.keys(formatOptions.shape)) {
    const idle = node.entries.get(name)
    if (idle === undefined || isNull(idle) || name === format) continue
    problems.warn(
      idle.keyAt,
      [...path, name],
      `has no effect: the format is ${format}; leave it out, or set format: ${name}`,
    )
  }
}

function resolveBatch(
  wanted: SinkOptions['batch'],
  { defaults, maxEvents, maxBytes, least }: SinkLimits,
  path: Path,
  context: SectionContext,
): SinkConfig['batch'] {
  const warn = (key: keyof SinkOptions['batch'], message: string) =>
    warnAt(context, [...path, 'batch', key], message)
  const capped = (key: 'max_events' | 'max_bytes', preset: number, limit = Number.POSITIVE_INFINITY) => {
    const value = wanted[key] ?? preset
    if (wanted[key] !== undefined && value > limit) {
      warn(key, `lowered to ${limit}, the most that this sink takes`)
    }
    return Math.min(value, limit)
  }
  if (least !== undefined) {
    const bounds = [
      ['max_events', least.maxEvents, `${least.maxEvents}`],
      ['max_bytes', least.maxBytes, `${least.maxBytes / 2 ** 20}MiB`],
      ['max_age', least.maxAgeMs, `${least.maxAgeMs / 60_000}m`],
    ] as const
    for (const [key, bound, text] of bounds) {
      const value = wanted[key]
      if (value !== undefined && value < bound)
        warn(key, `${least.rule}: leave it out, or set ${text} or more`)
    }
  }
  return {
    maxEvents: capped('max_events', defaults.maxEvents, maxEvents),
    maxBytes: capped('max_bytes', defaults.maxBytes, maxBytes),
    maxAgeMs: wanted.max_age ?? defaults.maxAgeMs,
  }
}
