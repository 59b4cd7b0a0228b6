import type { SinkDefinition, SourceDefinition } from './connector.ts'

/** Connectors by `type`. */
export interface Registry {
  readonly sources: ReadonlyMap<string, SourceDefinition>
  readonly sinks: ReadonlyMap<string, SinkDefinition>
}

export function createRegistry(
  sources: readonly SourceDefinition[],
  sinks: readonly SinkDefinition[],
): Registry {
  return { sources: byType(sources), sinks: byType(sinks) }
}

function byType<Definition extends { readonly type: string }>(definitions: readonly Definition[]) {
  return new Map(definitions.map((definition) => [definition.type, definition]))
}
