/** A configuration as a tree of values that know where they stand in the text. */
import type { Secret } from '../lib/secret.ts'

export type Path = readonly (string | number)[]

export type Tree = ScalarTree | MapTree | ListTree

interface Place {
  /** Offset of the value in the text. */
  readonly at: number
  /** Offset of its key; that of the value for an item of a list. */
  readonly keyAt: number
}

export interface ScalarTree extends Place {
  readonly kind: 'scalar'
  /** A Secret stands for text that holds a `${file:…}`. */
  readonly value: string | number | boolean | null | Secret
  /** Its error has been reported; what follows from it must not be. */
  readonly broken?: true
}

export interface MapTree extends Place {
  readonly kind: 'map'
  readonly entries: ReadonlyMap<string, Tree>
}

interface ListTree extends Place {
  readonly kind: 'list'
  readonly items: readonly Tree[]
}

/** The node at `path`, if there is one. */
export function nodeAt(tree: Tree, path: Path): Tree | undefined {
  return path.reduce<Tree | undefined>((node, step) => {
    if (node?.kind === 'map') return node.entries.get(String(step))
    return node?.kind === 'list' ? node.items[Number(step)] : undefined
  }, tree)
}

/** Where to point for `path`: at the value; at the key when it has none; at the parent's key when it is missing. */
export function offsetOf(tree: Tree, path: Path): number {
  const node = nodeAt(tree, path)
  if (node !== undefined) return isNull(node) ? node.keyAt : node.at
  return keyOffsetOf(tree, path.slice(0, -1))
}

/** Where the key of `path` stands, or that of its nearest parent. */
export function keyOffsetOf(tree: Tree, path: Path): number {
  const node = nodeAt(tree, path)
  if (node !== undefined || path.length === 0) return node?.keyAt ?? 0
  return keyOffsetOf(tree, path.slice(0, -1))
}

export function isNull(node: Tree): boolean {
  return node.kind === 'scalar' && node.value === null && node.broken !== true
}

export function isBroken(node: Tree | undefined): boolean {
  return node?.kind === 'scalar' && node.broken === true
}

/** A map of the entries that pass. */
export function pick(tree: MapTree, wanted: (key: string) => boolean): MapTree {
  return { ...tree, entries: new Map([...tree.entries].filter(([key]) => wanted(key))) }
}
