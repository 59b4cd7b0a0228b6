import type { SourceUnit } from '../engine/source-unit.ts'
import { unknownId } from '../unknown-id.ts'

/** Throws UnknownIdError when the engine has no such source. */
export function unitOf(sources: readonly SourceUnit[], id: string): SourceUnit {
  const unit = sources.find(({ config }) => config.id === id)
  if (unit !== undefined) return unit
  const known = sources.map(({ config }) => config.id)
  throw unknownId('source', id, known)
}
