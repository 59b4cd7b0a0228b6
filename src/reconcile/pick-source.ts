import { OperationError } from '../errors.ts'
import type { SourceUnit } from '../source-unit.ts'

/** Throws OperationError when the engine has no such source. */
export function unitOf(sources: readonly SourceUnit[], id: string): SourceUnit {
  const unit = sources.find(({ config }) => config.id === id)
  if (unit !== undefined) return unit
  throw new OperationError(`no source ${id}; there are ${sources.map(({ config }) => config.id).join(', ')}`)
}
