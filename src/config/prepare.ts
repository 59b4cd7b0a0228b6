/** Turns a tree into the plain input of its schema: paths made absolute, secret files handed on or read. */
import { accessSync, constants, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { describeFileError } from '../errors.ts'
import { hasScheme, type OptionKind } from '../lib/options.ts'
import { Secret } from '../lib/secret.ts'
import { isLoopbackHost } from './loopback.ts'
import type { Problems } from './problems.ts'
import { childOf, fieldsOf, isOptional, kindOf, type Schema } from './shape.ts'
import { isBroken, type Path, type ScalarTree, type Tree } from './tree.ts'

export interface PrepareContext {
  readonly problems: Problems
  /** Folder of the configuration file. */
  readonly folder: string
}

/**
 * Known options without a value (YAML null) are left out, and so are empty texts where the option is optional: an unset
 * `${VAR:-}` then means "not given".
 */
export function prepare(
  tree: Tree,
  schema: Schema | undefined,
  path: Path,
  context: PrepareContext,
): unknown {
  if (tree.kind === 'scalar') return prepareScalar(tree, schema, path, context)
  if (tree.kind === 'list') {
    return tree.items.map((item, index) => prepare(item, childOf(schema, index), [...path, index], context))
  }
  const fields = schema === undefined ? {} : fieldsOf(schema)
  const entries: [string, unknown][] = []
  for (const [key, child] of tree.entries) {
    const option = childOf(schema, key)
    const value = prepare(child, option, [...path, key], context)
    const absent = value === null || (value === '' && isOptional(option))
    if (!absent || option === undefined) entries.push([key, value])
    // The names in a map are the user's own: one that is left out would be missing without a word.
    else if (!Object.hasOwn(fields, key)) context.problems.error(child.at, [...path, key], 'has no value')
  }
  return Object.fromEntries(entries)
}

function prepareScalar(
  tree: ScalarTree,
  schema: Schema | undefined,
  path: Path,
  context: PrepareContext,
): unknown {
  const kind = kindOf(schema)
  // A stand-in, so that checks across several options do not report consequences of the error.
  if (isBroken(tree)) return kind === 'secret' ? new Secret('?') : '?'
  if (tree.value instanceof Secret) {
    return kind === 'secret' ? tree.value : prepareText(tree.value.reveal(), kind, tree, path, context)
  }
  return typeof tree.value === 'string' ? prepareText(tree.value, kind, tree, path, context) : tree.value
}

function prepareText(
  text: string,
  kind: OptionKind | undefined,
  { at }: ScalarTree,
  path: Path,
  { problems, folder }: PrepareContext,
): string {
  if (kind === 'url' && sendsInClear(text)) {
    problems.warn(at, path, 'http:// sends credentials and events unencrypted over the network; use https://')
  }
  const isPath = kind === 'path' || kind === 'file'
  if (!isPath || text === '' || text === '-' || hasScheme(text)) return text
  const absolute = resolve(folder, text)
  if (kind === 'file') {
    const fault = whyUnreadable(absolute)
    if (fault !== undefined) problems.error(at, path, absolute === text ? fault : `${fault} (${absolute})`)
  }
  return absolute
}

function sendsInClear(address: string): boolean {
  const url = URL.canParse(address) ? new URL(address) : undefined
  return url?.protocol === 'http:' && !isLoopbackHost(url.hostname)
}

function whyUnreadable(path: string): string | undefined {
  try {
    accessSync(path, constants.R_OK)
    return statSync(path).isDirectory() ? 'is a folder, not a file' : undefined
  } catch (error) {
    return describeFileError(error)
  }
}
