/**
 * Rows as columns of Parquet: a schema, and the values of each leaf with the levels that say how much of its path is there.
 * https://github.com/apache/parquet-format#nested-encoding, of lists that hold no lists. Pure.
 */
import type { SchemaElement } from 'hyparquet-writer'
import type { Columns, Kind } from './columns.ts'

export interface Leaf {
  /** From the root to the leaf. */
  readonly path: SchemaElement[]
  readonly values: unknown[]
  readonly definitionLevels: number[]
  /** Empty outside of lists. */
  readonly repetitionLevels: number[]
  readonly maxDefinitionLevel: number
}

/** Every column may be absent: what the operator redacts is. */
export function schemaOf(columns: Columns): SchemaElement[] {
  return [rootOf(columns), ...Object.entries(columns).flatMap((column) => elementsOf(...column))]
}

export function leavesOf(columns: Columns, rows: readonly unknown[]): Leaf[] {
  const root: Place = {
    path: [rootOf(columns)],
    values: rows,
    levels: rows.map(() => 0),
    repeats: [],
    depth: 0,
  }
  return Object.entries(columns).flatMap(([name, kind]) => membersOf(name, kind, root))
}

/** What lies at a path: in each row, or in each entry of a row's list. */
interface Place {
  readonly path: SchemaElement[]
  readonly values: readonly unknown[]
  readonly levels: number[]
  readonly repeats: number[]
  /** The level of a value that is there. */
  readonly depth: number
}

function membersOf(name: string, kind: Kind, { path, values, levels, repeats, depth }: Place): Leaf[] {
  const [element] = elementsOf(name, kind) as [SchemaElement]
  const own = values.map((holder) => (holder as Record<string, unknown> | undefined)?.[name] ?? undefined)
  const reached = own.map((value, index) => (value === undefined ? (levels[index] as number) : depth + 1))
  return inside(kind, { path: [...path, element], values: own, levels: reached, repeats, depth: depth + 1 })
}

function inside(kind: Kind, place: Place): Leaf[] {
  if (isList(kind)) return inside(kind[0], entriesOf(kind, place))
  if (typeof kind !== 'string')
    return Object.entries(kind).flatMap(([name, of]) => membersOf(name, of, place))
  const { path, values, levels, repeats, depth } = place
  const all =
    kind === 'long' ? values.map((it) => (it === undefined ? it : wholeOf(it as number))) : [...values]
  return [
    { path, values: all, definitionLevels: levels, repetitionLevels: repeats, maxDefinitionLevel: depth },
  ]
}

/** One event's part of a millisecond must not cost the object that it is in. */
function wholeOf(value: number): bigint {
  return BigInt(Math.trunc(value))
}

/** One for each entry; one that is not there for a list that is empty or absent. */
function entriesOf(kind: readonly [Kind], { path, values, levels, depth }: Place): Place {
  const entries: Place = {
    path: [...path, ...elementsOf('', kind).slice(1, 3)],
    ...{ values: [], levels: [], repeats: [], depth: depth + 2 },
  }
  const add = (value: unknown, level: number, repeat: number) => {
    ;(entries.values as unknown[]).push(value)
    entries.levels.push(level)
    entries.repeats.push(repeat)
  }
  for (const [index, list] of values.entries()) {
    if (list === undefined || (list as unknown[]).length === 0) add(undefined, levels[index] as number, 0)
    else for (const [at, it] of (list as unknown[]).entries()) add(it, depth + 2, at === 0 ? 0 : 1)
  }
  return entries
}

function rootOf(columns: Columns): SchemaElement {
  return { name: 'ocsf', num_children: Object.keys(columns).length }
}

/** Lists in three levels: https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#lists */
function elementsOf(name: string, kind: Kind): SchemaElement[] {
  const optional = { name, repetition_type: 'OPTIONAL' } as const
  if (kind === 'int') return [{ ...optional, type: 'INT32' }]
  if (kind === 'long') return [{ ...optional, type: 'INT64' }]
  if (typeof kind === 'string') return [{ ...optional, type: 'BYTE_ARRAY', converted_type: 'UTF8' }]
  if (isList(kind)) {
    return [
      { ...optional, converted_type: 'LIST', num_children: 1 },
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
      ...elementsOf('element', kind[0]),
    ]
  }
  const members = Object.entries(kind)
  return [{ ...optional, num_children: members.length }, ...members.flatMap((it) => elementsOf(...it))]
}

function isList(kind: Kind): kind is readonly [Kind] {
  return Array.isArray(kind)
}
