import type { SinkDefinition, SourceDefinition } from './connector.ts'

/** Connectors by `type`. */
export interface Registry {
  readonly sources: ReadonlyMap<string, SourceDefinition>
  readonly sinks: ReadonlyMap<string, SinkDefinition>
  /** Every `type` that exists, including those that were not loaded. */
  readonly types: { readonly sources: readonly string[]; readonly sinks: readonly string[] }
}

/** The function that loads each connector, by `type`. */
export interface Connectors {
  readonly sources: Loaders<SourceDefinition>
  readonly sinks: Loaders<SinkDefinition>
}

type Loaders<Definition> = Readonly<Record<string, () => Promise<{ readonly definition: Definition }>>>

export function createRegistry(
  sources: readonly SourceDefinition[],
  sinks: readonly SinkDefinition[],
  types = { sources: sources.map(({ type }) => type), sinks: sinks.map(({ type }) => type) },
): Registry {
  return { sources: byType(sources), sinks: byType(sinks), types }
}

/** `wanted`: which connectors to load; all if omitted. */
export async function loadRegistry(
  { sources, sinks }: Connectors,
  wanted: (kind: 'sources' | 'sinks', type: string) => boolean = () => true,
): Promise<Registry> {
  const types = { sources: Object.keys(sources), sinks: Object.keys(sinks) }
  const load = <Definition>(kind: 'sources' | 'sinks', loaders: Loaders<Definition>) =>
    Promise.all(
      Object.entries(loaders)
        .filter(([type]) => wanted(kind, type))
        .map(async ([, loader]) => (await loader()).definition),
    )
  return createRegistry(await load('sources', sources), await load('sinks', sinks), types)
}

function byType<Definition extends { readonly type: string }>(definitions: readonly Definition[]) {
  return new Map(definitions.map((definition) => [definition.type, definition]))
}
