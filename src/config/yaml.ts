/** YAML text → tree. Aliases and merge keys are followed; every doubled key and unknown alias is reported. */
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type Scalar,
  type YAMLError,
  type YAMLMap,
} from 'yaml'
import { collectProblems, type Problems } from './problems.ts'
import type { MapTree, Path, ScalarTree, Tree } from './tree.ts'

const DEPTH_LIMIT = 32
/** Far above any real configuration; bounds what aliases of aliases can unfold to. */
const NODE_LIMIT = 10_000
const MERGE_KEY = '<<'

/** The tree, or undefined if the text is not YAML or its top is not a map of what it `holds`; then `problems` say why. */
export function parseYaml(
  file: string,
  text: string,
  holds = 'sources and sinks',
): { tree: MapTree | undefined; problems: Problems } {
  const lineCounter = new LineCounter()
  const document = parseDocument(maskPlaceholders(text), {
    lineCounter,
    prettyErrors: false,
    // Both would cost the square of the keys; `readMap` looks itself and knows the path.
    uniqueKeys: false,
    logLevel: 'error',
    resolveKnownTags: false,
  })
  const problems = collectProblems(file, (at) => lineCounter.linePos(at))
  for (const error of oneEachLine(document.errors, lineCounter)) {
    problems.error(error.pos[0], [], `not valid YAML: ${describeSyntaxError(error)}`)
  }
  for (const warning of document.warnings) problems.error(warning.pos[0], [], 'unknown YAML tag or directive')
  if (problems.count > 0) return { tree: undefined, problems }
  const tree = document.contents === null ? undefined : readDocument(document.contents, problems)
  if (tree?.kind === 'map') return { tree, problems }
  if (problems.count === 0) problems.error(tree?.at ?? 0, [], expectation(tree, holds))
  return { tree: undefined, problems }
}

function readDocument(contents: Node, problems: Problems): Tree {
  const anchors = new Map<string, Node>()
  let nodes = 0

  return readNode(contents, 0, [])

  function readNode(node: Node | null | undefined, keyAt: number, path: Path): Tree {
    const at = node?.range?.[0] ?? keyAt
    nodes += 1
    if (nodes > NODE_LIMIT || path.length > DEPTH_LIMIT) {
      if (nodes <= NODE_LIMIT + 1)
        problems.error(at, [], 'too large or too deeply nested for a configuration')
      nodes = NODE_LIMIT + 1
      return broken(at, keyAt)
    }
    if (isAlias(node)) {
      const target = anchors.get(node.source)
      if (target !== undefined) return readNode(target, keyAt, path)
      problems.error(at, path, 'unknown YAML alias: its anchor must stand before it')
      return broken(at, keyAt)
    }
    if (node?.anchor !== undefined) anchors.set(node.anchor, node)
    if (isMap(node)) return { kind: 'map', at, keyAt, entries: readMap(node, path) }
    if (isSeq(node)) {
      const items = node.items.map((item, index) => {
        const value = item as Node
        return readNode(value, value.range?.[0] ?? at, [...path, index])
      })
      return { kind: 'list', at, keyAt, items }
    }
    return { kind: 'scalar', at, keyAt, value: isScalar(node) ? readScalar(node, at, path) : null }
  }

  function readScalar(node: Scalar, at: number, path: Path): ScalarTree['value'] {
    const { value } = node
    if (typeof value === 'string') return unmask(value)
    if (changes(node)) problems.warn(at, path, CHANGED)
    return typeof value === 'number' || typeof value === 'boolean' ? value : null
  }

  function readMap(map: YAMLMap, path: Path): Map<string, Tree> {
    const entries = new Map<string, Tree>()
    const merged: Tree[] = []
    for (const pair of map.items) {
      const keyNode = pair.key as Node
      const keyAt = keyNode?.range?.[0] ?? map.range?.[0] ?? 0
      const key = isScalar(keyNode) && keyNode.value !== null ? unmask(keyNode.source ?? '') : undefined
      if (key === undefined) problems.error(keyAt, path, 'a key must be plain text')
      else if (key === MERGE_KEY) merged.push(readNode(pair.value as Node, keyAt, path))
      else if (entries.has(key)) problems.error(keyAt, [...path, key], 'this key is there twice')
      else entries.set(key, readNode(pair.value as Node, keyAt, [...path, key]))
    }
    for (const tree of merged) mergeInto(entries, tree, path)
    return entries
  }

  /** https://yaml.org/type/merge.html: keys of the map itself win, then those of earlier merged maps. */
  function mergeInto(entries: Map<string, Tree>, tree: Tree, path: Path): void {
    const maps = tree.kind === 'list' ? tree.items : [tree]
    for (const map of maps) {
      if (map.kind !== 'map') problems.error(map.at, path, '<< expects a map or an alias of one')
      else for (const [key, value] of map.entries) if (!entries.has(key)) entries.set(key, value)
    }
  }
}

const CHANGED =
  'is a number to YAML, which drops zeros in front and rounds what is too long: put it in quotes to keep it as it is'

/** An account id such as `012345678901` would be another one as a number. */
function changes({ value, source = '' }: Scalar): boolean {
  return typeof value === 'number' && /^[-+]?\d+$/.test(source) && String(value) !== source.replace('+', '')
}

function broken(at: number, keyAt: number): ScalarTree {
  return { kind: 'scalar', at, keyAt, value: null, broken: true }
}

function expectation(tree: Tree | undefined, holds: string): string {
  const empty = tree === undefined || (tree.kind === 'scalar' && tree.value === null)
  return empty ? `the file is empty: it needs ${holds}` : `expected a map with ${holds}`
}

// Placeholders may stand in flow maps, `{ token: ${TOKEN} }`, and may hold `: ` or ` #`, which YAML would take
// as its own. So these characters are hidden inside `${…}` while YAML reads, one for one, which keeps positions.
// U+FDD0 and following are set apart by Unicode for such private use; `readText` refuses files that hold them.
const HIDDEN = '{}[],:#'
const FIRST_STAND_IN = 0xfdd0

function maskPlaceholders(text: string): string {
  return text.replaceAll(/\$\{[^}\r\n]*\}/g, (placeholder) =>
    placeholder.replaceAll(/[{}[\],:#]/g, (it) => String.fromCharCode(FIRST_STAND_IN + HIDDEN.indexOf(it))),
  )
}

function unmask(text: string): string {
  return text.replaceAll(/[\uFDD0-\uFDD6]/g, (it) => HIDDEN.charAt(it.charCodeAt(0) - FIRST_STAND_IN))
}

/** One mistake makes YAML stumble on over the rest of its line. */
function oneEachLine(errors: readonly YAMLError[], lines: LineCounter): YAMLError[] {
  const seen = new Set<number>()
  return errors
    .filter((error) => {
      const { line } = lines.linePos(error.pos[0])
      return !seen.has(line) && seen.add(line)
    })
    .slice(0, 20)
}

/** The parser's own messages may quote the text, so only those that can't are passed on. */
function describeSyntaxError(error: YAMLError): string {
  switch (error.code) {
    case 'TAB_AS_INDENT':
      return 'indent with blanks, not with tabs'
    case 'BLOCK_AS_IMPLICIT_KEY':
      return 'a value that holds ": " must be quoted, unless the next line is indented too far'
    case 'BAD_SCALAR_START':
      return 'a value that begins with this character must be quoted'
    case 'BAD_INDENT':
      return 'wrong indentation, or a bracket that is not closed'
    case 'MISSING_CHAR':
      return 'a closing quote, a comma or a blank is missing'
    case 'BAD_DQ_ESCAPE':
      return 'unknown escape in double quotes; use single quotes for a literal backslash'
    case 'MULTIPLE_DOCS':
      return 'only one document may be in the file'
    case 'RESOURCE_EXHAUSTION':
      return 'too deeply nested for a configuration'
    default:
      return 'unexpected text here; check quotes, brackets and indentation'
  }
}
