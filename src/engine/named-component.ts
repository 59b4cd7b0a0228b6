/** A component by the id that somebody gave. */
import type { Config, SinkConfig } from '../config/config.ts'
import { unknownId } from '../unknown-id.ts'

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
