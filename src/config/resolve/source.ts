import type { Registry } from '../../registry.ts'
import type { SourceConfig } from '../config.ts'
import type { SectionContext } from '../section.ts'
import { sourceOptions } from '../source-options.ts'
import type { Tree } from '../tree.ts'
import { readComponent } from './component.ts'
import { resolveConnection } from './connection.ts'

/** `sources.<id>`; undefined after errors were reported. */
export function resolveSource(
  id: string,
  node: Tree,
  registry: Registry,
  context: SectionContext,
): SourceConfig | undefined {
  const path = ['sources', id]
  const kind = {
    word: 'source',
    definitions: registry.sources,
    known: registry.types.sources,
    common: () => sourceOptions,
  } as const
  const component = readComponent(node, path, kind, context)
  if (component === undefined) return undefined
  const { definition, common, options } = component
  return {
    id,
    definition,
    options,
    connection: resolveConnection(common, common.timeout, path, context),
    pollEveryMs: common.poll_every,
    start: common.start,
    overlapMs: common.overlap,
    retrospectMs: [...new Set(common.retrospect)].toSorted((a, b) => a - b),
    requestsPerMinute: common.requests_per_minute,
    ...(common.reconcile === undefined ? {} : { reconcileEveryMs: common.reconcile.every }),
  }
}
