/** Reads a configuration file: text → tree → interpolated → resolved, with every error of the file at once. */
import { dirname, resolve } from 'node:path'
import { connectors } from '../connectors.gen.ts'
import { describeFileError } from '../errors.ts'
import { loadRegistry, type Registry } from '../registry.ts'
import type { Config } from './config.ts'
import { type Environment, type InterpolateContext, interpolate } from './interpolate.ts'
import { type ConfigError, collectProblems, type Problems } from './problems.ts'
import { readText } from './read-text.ts'
import { resolveConfig } from './resolve/config.ts'
import { openSecretFile } from './secret-file.ts'
import type { MapTree, Path, Tree } from './tree.ts'
import { parseYaml } from './yaml.ts'

export type LoadResult =
  | { readonly ok: true; readonly config: Config; readonly warnings: readonly ConfigError[] }
  | { readonly ok: false; readonly errors: readonly ConfigError[]; readonly warnings: readonly ConfigError[] }

/** Never rejects for anything that the file holds. Errors name `file` as it was given. */
export async function loadConfig(file: string, env: Environment): Promise<LoadResult> {
  const text = readOrProblems(file)
  if (typeof text !== 'string') return { ok: false, errors: text.errors, warnings: [] }
  return loadConfigText(text, file, env)
}

/** The same for text in place of `file`: paths in it resolve against that file's folder. */
export async function loadConfigText(text: string, file: string, env: Environment): Promise<LoadResult> {
  const read = readTree(text, file, env)
  const isNamed = (kind: 'sources' | 'sinks', type: string) => typesIn(read.root, kind).has(type)
  return resolveTree(read, file, await loadRegistry(connectors, isNamed))
}

/** The same with connectors that are already loaded. */
export function loadText(text: string, file: string, env: Environment, registry: Registry): LoadResult {
  return resolveTree(readTree(text, file, env), file, registry)
}

/** The text of a YAML file, or why it can't be read. */
export function readOrProblems(file: string): string | Problems {
  try {
    return readText(file)
  } catch (error) {
    const problems = collectProblems(file, () => ({ line: 0, col: 0 }))
    problems.error(0, [], describeFileError(error))
    return problems
  }
}

interface ReadTree {
  /** Interpolated; undefined if the text is not YAML. */
  readonly root: MapTree | undefined
  readonly problems: Problems
}

function readTree(text: string, file: string, env: Environment): ReadTree {
  const { tree, problems } = parseYaml(file, text)
  const openFile = (path: string) => openSecretFile(resolve(dirname(file), path))
  return { root: tree && interpolateMap(tree, [], { env, openFile }, problems), problems }
}

function typesIn(root: MapTree | undefined, kind: 'sources' | 'sinks'): Set<unknown> {
  const types = new Set<unknown>()
  const components = root?.entries.get(kind)
  for (const node of components?.kind === 'map' ? components.entries.values() : []) {
    const type = node.kind === 'map' ? node.entries.get('type') : undefined
    if (type?.kind === 'scalar') types.add(type.value)
  }
  return types
}

function resolveTree({ root, problems }: ReadTree, file: string, registry: Registry): LoadResult {
  const path = resolve(file)
  const config = root && resolveConfig(path, registry, { root, problems, folder: dirname(path) })
  const { errors, warnings } = problems
  return config && problems.count === 0 ? { ok: true, config, warnings } : { ok: false, errors, warnings }
}

function interpolateTree(tree: Tree, path: Path, context: InterpolateContext, problems: Problems): Tree {
  if (tree.kind === 'map') return interpolateMap(tree, path, context, problems)
  if (tree.kind === 'list') {
    const items = tree.items.map((item, index) => interpolateTree(item, [...path, index], context, problems))
    return { ...tree, items }
  }
  if (typeof tree.value !== 'string') return tree
  const { value, errors } = interpolate(tree.value, context)
  for (const message of errors) problems.error(tree.at, path, message)
  if (errors.length > 0) return { ...tree, value: null, broken: true }
  const [, name] = (value === '' && PLAIN_VARIABLE.exec(tree.value)) || []
  if (name !== undefined) problems.warn(tree.at, path, emptyVariable(name))
  return { ...tree, value }
}

function interpolateMap(tree: MapTree, path: Path, context: InterpolateContext, problems: Problems): MapTree {
  const entries = new Map<string, Tree>()
  for (const [key, child] of tree.entries) {
    entries.set(key, interpolateTree(child, [...path, key], context, problems))
  }
  return { ...tree, entries }
}

/** An empty secret would silently switch off signing or encryption. */
function emptyVariable(name: string): string {
  return `is empty, which is the same as unset; write \${${name}:?} to refuse that, \${${name}:-} where it may be`
}

const PLAIN_VARIABLE = /^\$\{(\w+)\}$/
