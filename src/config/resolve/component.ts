/** What sources and sinks have in common: an id, a `type`, common options and the connector's own. */
import type { z } from 'zod'
import { nearest } from '../../lib/suggest.ts'
import { UNKNOWN } from '../../lib/zod-issues.ts'
import { listed } from '../../unknown-id.ts'
import { readSection, type SectionContext } from '../section.ts'
import { fieldsOf } from '../shape.ts'
import { isBroken, isNull, type MapTree, type Path, pick, type Tree } from '../tree.ts'

export interface ComponentKind<Definition, Common> {
  readonly word: 'source' | 'sink'
  readonly definitions: ReadonlyMap<string, Definition>
  /** Every type there is. */
  readonly known: readonly string[]
  /** The options that all of the kind take; undefined stands for a connector that isn't known. */
  readonly common: (definition: Definition | undefined) => z.ZodType<Common>
  /** A definition from elsewhere, by a `type` that none of `definitions` has; or what is wrong with it. */
  readonly load?: (type: string) => Definition | string | undefined
}

export interface Component<Definition, Common> {
  readonly definition: Definition
  readonly common: Common
  readonly options: unknown
}

/** Undefined after errors were reported. */
export function readComponent<Definition extends { readonly config: z.ZodType }, Common>(
  node: Tree,
  path: Path,
  kind: ComponentKind<Definition, Common>,
  context: SectionContext,
): Component<Definition, Common> | undefined {
  checkId(node, path, context)
  if (isBroken(node)) return undefined
  if (node.kind !== 'map') {
    context.problems.error(node.at, path, 'expected a map of options with a type')
    return undefined
  }
  const definition = readType(node, path, kind, context)
  const commonSchema = kind.common(definition)
  const commonKeys = Object.keys(fieldsOf(commonSchema))
  const commonSection = pick(node, (key) => commonKeys.includes(key))
  const ownSection = pick(node, (key) => !commonKeys.includes(key) && key !== 'type')
  const common = readSection(commonSchema, commonSection, path, context)
  if (definition === undefined) return undefined
  const options = readSection(definition.config, ownSection, path, context, commonKeys)
  return common === undefined || options === undefined ? undefined : { definition, common, options }
}

function readType<Definition>(
  node: MapTree,
  path: Path,
  { word, definitions, known, load }: Omit<ComponentKind<Definition, never>, 'common'>,
  { problems }: SectionContext,
): Definition | undefined {
  const type = node.entries.get('type')
  const full = [...path, 'type']
  if (type === undefined || isNull(type)) {
    problems.error(type?.keyAt ?? node.keyAt, full, `is required: one of ${known.join(', ')}`)
    // The other options depend on the type, so without one only a misspelling of `type` itself can be reported.
    for (const [key, { keyAt }] of node.entries) {
      const meant = key === 'type' ? '' : nearest(key, ['type'])
      if (meant !== '') problems.error(keyAt, [...path, key], UNKNOWN, meant)
    }
    return undefined
  }
  if (isBroken(type)) return undefined
  const name = type.kind === 'scalar' ? String(type.value) : ''
  const definition = definitions.get(name) ?? load?.(name)
  if (typeof definition === 'string') {
    problems.error(type.at, full, definition)
    return undefined
  }
  if (definition === undefined) {
    problems.error(
      type.at,
      full,
      `unknown type of ${word}; there ${listed(known)}${load ? ', and npm:NAME for one of a package' : ''}`,
      nearest(name, known),
    )
  }
  return definition
}

/** Ids become file names, metric labels and keys of objects. */
function checkId(node: Tree, path: Path, { problems }: SectionContext): void {
  const id = String(path.at(-1))
  if (!/^[A-Za-z0-9_-]{1,64}$/.test(id)) {
    problems.error(node.keyAt, path, 'an id is made of 1 to 64 letters, digits, - and _')
  } else if (id in {}) {
    problems.error(node.keyAt, path, 'this id is reserved; choose another')
  }
}
