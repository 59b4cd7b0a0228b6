/**
 * Rows as columns of Parquet: a schema, and the values of each leaf with the levels that say how much of its path is there.
 * https://github.com/apache/parquet-format#nested-encoding, of lists that hold no lists. Pure.
 */
import type { SchemaElement } from 'hyparquet-writer'

/** A text whose characters are bytes of UTF-8; 32 or 64 bits; a list of one kind; a struct. */
type Kind = 'text' | 'int' | 'long' | readonly [Kind] | { readonly [name: string]: Kind }
export type Columns = Readonly<Record<string, Kind>>

/**
 * Security Lake wants pages of 1 MB at most. The package doesn't count the lengths of texts: one of one byte takes five.
 */
export const PAGE = 128 * 1024
/** Different values, from which on a column is asked whether they are too many. */
const FEW = 1_000

export interface Leaf {
  /** From the root to the leaf. */
  readonly path: SchemaElement[]
  readonly values: unknown[]
  readonly definitionLevels: number[]
  /** Empty outside of lists. */
  readonly repetitionLevels: number[]
  readonly maxDefinitionLevel: number
  readonly encoding: 'PLAIN' | 'RLE_DICTIONARY'
}

/** Every column may be absent: what the operator redacts is. */
export function schemaOf(columns: Columns): SchemaElement[] {
  return [rootOf(columns), ...Object.entries(columns).flatMap((column) => elementsOf(...column))]
}

interface Shredder {
  /** Takes the values out of a row, which is needed no more. */
  add(row: object): void
  /** Those of the rows since the last time, to be read before the next row is added. */
  take(): Leaf[]
}

/** Row by row: a thousand rows kept until each leaf has asked them would outlive the young generation. */
export function createShredder(columns: Columns): Shredder {
  const leaves: Leaves = []
  const take = structOf(columns, { path: [rootOf(columns)], depth: 0, isRepeated: false }, leaves)
  return { add: (row) => take(row, 0, 0), take: () => leaves.map((leaf) => leaf()) }
}

interface Place {
  readonly path: SchemaElement[]
  /** The level of a value that is there. */
  readonly depth: number
  /** Inside of a list. */
  readonly isRepeated: boolean
}

type Leaves = (() => Leaf)[]

/** `value`: undefined where it is absent; `level`: how much of its path is there; `repeat`: 0 for the first of its row. */
type Take = (value: unknown, level: number, repeat: number) => void

function takerOf(kind: Kind, place: Place, leaves: Leaves): Take {
  if (isList(kind)) return listOf(kind, place, leaves)
  return typeof kind === 'string' ? leafOf(kind, place, leaves) : structOf(kind, place, leaves)
}

/** Its arrays are used again for the next rows: arrays that grow anew outlive the young generation. */
function leafOf(kind: string, { path, depth: maxDefinitionLevel, isRepeated }: Place, leaves: Leaves): Take {
  const values: unknown[] = []
  const [definitionLevels, repetitionLevels]: [number[], number[]] = [[], []]
  const distinct = createDistinct(kind)
  let count = 0
  leaves.push(() => {
    values.length = definitionLevels.length = count
    if (isRepeated) repetitionLevels.length = count
    const encoding = distinct.areFew(count) ? 'RLE_DICTIONARY' : 'PLAIN'
    distinct.clear()
    count = 0
    return { path, values, definitionLevels, repetitionLevels, maxDefinitionLevel, encoding }
  })
  return (value, level, repeat) => {
    values[count] = value === undefined ? undefined : distinct.kept(value, count)
    definitionLevels[count] = level
    if (isRepeated) repetitionLevels[count] = repeat
    count++
  }
}

/** One of all values that are the same, so that those of each row die young; until there are too many for a dictionary. */
function createDistinct(kind: string) {
  const known = new Map<unknown, unknown>()
  let bytes = 0
  let areMany = false
  let before: unknown
  let keptBefore: unknown

  function add(value: unknown, count: number): unknown {
    const kept = storedOf(kind, value)
    if (areMany) return kept
    known.set(value, kept)
    if (typeof value === 'string') bytes += value.length
    areMany = bytes > PAGE || (known.size > FEW && known.size > count / 2)
    return kept
  }
  return {
    /** `count`: values before it. Mostly it is the one before again. */
    kept(value: unknown, count: number): unknown {
      if (value === before) return keptBefore
      keptBefore = (areMany ? undefined : known.get(value)) ?? add(value, count)
      before = value
      return keptBefore
    },
    /** Of so many, no more than half are different: a dictionary is shorter. */
    areFew: (count: number) => !areMany && known.size > 0 && known.size <= count / 2,
    clear() {
      known.clear()
      bytes = 0
      areMany = false
      before = undefined
    },
  }
}

function structOf(columns: Columns, { path, depth, isRepeated }: Place, leaves: Leaves): Take {
  const members = Object.entries(columns).map(([name, kind]) => {
    const [element] = elementsOf(name, kind) as [SchemaElement]
    return { name, take: takerOf(kind, { path: [...path, element], depth: depth + 1, isRepeated }, leaves) }
  })
  return (holder, level, repeat) => {
    for (const { name, take } of members) {
      const value = (holder as Record<string, unknown> | undefined)?.[name] ?? undefined
      take(value, value === undefined ? level : depth + 1, repeat)
    }
  }
}

/** One for each entry; one that is not there for a list that is empty or absent. */
function listOf(kind: readonly [Kind], { path, depth }: Place, leaves: Leaves): Take {
  const inner = [...path, ...elementsOf('', kind).slice(1, 3)]
  const take = takerOf(kind[0], { path: inner, depth: depth + 2, isRepeated: true }, leaves)
  return (list, level) => {
    const entries = (list ?? []) as unknown[]
    if (entries.length === 0) take(undefined, level, 0)
    for (const [at, entry] of entries.entries()) take(entry, depth + 2, at === 0 ? 0 : 1)
  }
}

function storedOf(kind: string, value: unknown): unknown {
  if (kind === 'text') return bytesOf(value as string)
  return kind === 'long' ? wholeOf(value as number) : value
}

/** Half of a surrogate pair, which JSON has an escape for, has no bytes: it becomes U+FFFD. */
function bytesOf(text: string): Uint8Array {
  return Buffer.from(text.replaceAll(/[\ud800-\udfff]/g, '\u00ef\u00bf\u00bd'), 'latin1')
}

/** One event's part of a millisecond must not cost the object that it is in. */
function wholeOf(value: number): bigint {
  return BigInt(Math.trunc(value))
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
