/** The whole configuration, part by part; a part with errors doesn't hide those of the others. */
import { z } from 'zod'
import { nearest } from '../../lib/suggest.ts'
import type { Registry } from '../../registry.ts'
import type { Config, SinkConfig } from '../config.ts'
import { shutdownTimeout } from '../schema.ts'
import { errorAt, readSection, type SectionContext, warnAt } from '../section.ts'
import { isBroken, isNull, type MapTree, pick, type Tree } from '../tree.ts'
import { resolveLog } from './log.ts'
import { resolveServer } from './server.ts'
import { resolveSink } from './sink.ts'
import { resolveSource } from './source.ts'
import { resolveState } from './state.ts'

const PARTS = ['sources', 'sinks', 'state', 'server', 'log', 'shutdown_timeout']

/** Undefined after errors were reported. `file` is absolute. */
export function resolveConfig(file: string, registry: Registry, context: SectionContext): Config | undefined {
  const { root, problems } = context
  for (const [key, node] of root.entries) {
    if (!PARTS.includes(key)) problems.error(node.keyAt, [key], 'unknown option', nearest(key, PARTS))
  }
  const sourceNodes = componentNodes('sources', context)
  const sinkNodes = componentNodes('sinks', context)
  const sources = resolveEach(sourceNodes, (id, node) => resolveSource(id, node, registry, context))
  const sourceIds = [...sourceNodes.keys()]
  const sinks = resolveEach(sinkNodes, (id, node) => resolveSink(id, node, registry, sourceIds, context))
  if (sinks !== undefined && sinkNodes.size > 0 && Object.values(sinks).every((sink) => !sink.enabled)) {
    problems.error(root.entries.get('sinks')?.keyAt ?? 0, ['sinks'], 'no sink is enabled')
  }
  if (sinks !== undefined) refuseShared(Object.values(sinks), context)
  const state = resolveState(part('state', context), context)
  const server = resolveServer(part('server', context), context)
  const log = resolveLog(part('log', context), context)
  if (state?.type === 'redis' && sinks !== undefined) warnOfParts(Object.values(sinks), context)
  const rest = pick(root, (key) => key === 'shutdown_timeout')
  const top = readSection(z.strictObject({ shutdown_timeout: shutdownTimeout }), rest, [], context)
  if (!sources || !sinks || !state || !server || !log || !top) return undefined
  return { file, sources, sinks, state, server, log, shutdownTimeoutMs: top.shutdown_timeout }
}

/** Disabled sinks may share: a file can be handed from one to the other. */
function refuseShared(sinks: readonly SinkConfig[], context: SectionContext): void {
  const taken = new Map<string, string>()
  for (const { id, definition, alone, enabled } of sinks) {
    if (!enabled || alone === undefined) continue
    const place = `${definition.type} ${alone.value}`
    const owner = taken.get(place)
    taken.set(place, owner ?? id)
    if (owner === undefined) continue
    const fault = `sink ${owner} writes there already, and two would tear the lines of each other; give each its own`
    errorAt(context, ['sinks', id, alone.option], fault)
  }
}

/** A search in an archive with only part of the events would not show that the rest is missing. */
function warnOfParts(sinks: readonly SinkConfig[], context: SectionContext): void {
  for (const { id, definition, alone, enabled } of sinks) {
    if (!enabled || !definition.keepsEvents || alone === undefined) continue
    const fault = 'with workers on several machines each machine gets its own, with a part of the events'
    warnAt(context, ['sinks', id, alone.option], `${fault}; use \`database\` there`)
  }
}

/** By id, and nothing else: on an ordinary object, the id `constructor` would name something that nobody configured. */
function resolveEach<T>(
  nodes: ReadonlyMap<string, Tree>,
  resolveOne: (id: string, node: Tree) => T | undefined,
): Record<string, T> | undefined {
  const results = [...nodes].map(([id, node]) => [id, resolveOne(id, node)] as const)
  const good = results.flatMap(([id, value]) => (value === undefined ? [] : [[id, value] as const]))
  return good.length === results.length
    ? Object.assign(Object.create(null), Object.fromEntries(good))
    : undefined
}

function componentNodes(
  key: 'sources' | 'sinks',
  { root, problems }: SectionContext,
): ReadonlyMap<string, Tree> {
  const node = root.entries.get(key)
  const missing = node === undefined || isNull(node) || (node.kind === 'map' && node.entries.size === 0)
  if (missing) {
    const at = node?.keyAt ?? root.keyAt
    problems.error(at, [key], `is required: at least one ${key.slice(0, -1)} under an id of your choice`)
  } else if (node.kind === 'map') {
    return node.entries
  } else if (!isBroken(node)) {
    problems.error(node.at, [key], 'expected a map of components by id')
  }
  return new Map()
}

/** An optional map; empty if it is left out. */
function part(key: string, { root, problems }: SectionContext): MapTree {
  const node = root.entries.get(key)
  if (node?.kind === 'map') return node
  if (node !== undefined && !isNull(node) && !isBroken(node)) {
    problems.error(node.at, [key], 'expected a map of options')
  }
  return { kind: 'map', at: node?.at ?? root.at, keyAt: node?.keyAt ?? root.keyAt, entries: new Map() }
}
