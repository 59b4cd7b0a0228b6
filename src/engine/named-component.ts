/** A component by the id that somebody gave. */
import type { Config, SinkConfig } from '../config/config.ts'
import { unknownId } from '../unknown-id.ts'
import type { SourceUnit } from './source-unit.ts'

export type ComponentKind = 'source' | 'sink'

/** Throws UnknownIdError when the configuration has no such sink. */
export function sinkOf(config: Pick<Config, 'sinks'>, id: string): SinkConfig {
  const found = Object.hasOwn(config.sinks, id) ? config.sinks[id] : undefined
  if (found === undefined) throw unknownId('sink', id, Object.keys(config.sinks))
  return found
}

/** Throws UnknownIdError when the configuration has no such component. */
export function componentOf(
  config: Readonly<Record<`${ComponentKind}s`, Readonly<Record<string, unknown>>>>,
  kind: ComponentKind,
  id: string,
): string {
  const known = Object.keys(config[`${kind}s`])
  if (known.includes(id)) return `${kind} ${id}`
  throw unknownId(kind, id, known)
}

/** Throws UnknownIdError when the engine has no such source. */
export function unitOf(sources: readonly SourceUnit[], id: string): SourceUnit {
  const unit = sources.find(({ config }) => config.id === id)
  if (unit !== undefined) return unit
  throw unknownId(
    'source',
    id,
    sources.map(({ config }) => config.id),
  )
}
