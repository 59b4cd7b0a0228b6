/** `--source`: the source that a command names, or may leave unnamed where there is only one. */
import { UsageError } from '../errors.ts'
import { offered } from '../unknown-id.ts'

/** Throws UsageError unless it is among `ids`. */
export function namedSource(ids: readonly string[], id: string): string {
  if (ids.includes(id)) return id
  throw new UsageError(`--source: no source ${id}; there ${offered(id, ids)}`)
}

/** Throws UsageError when none is named and there are several. */
export function onlySource(ids: readonly string[], id: string | undefined): string {
  if (id !== undefined) return namedSource(ids, id)
  const [only] = ids
  if (only !== undefined && ids.length === 1) return only
  throw new UsageError(`--source: which one? There are ${ids.join(', ')}`)
}
