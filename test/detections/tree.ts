/** YAML and JSON as plain values, read strictly. */
export type Tree = Readonly<Record<string, unknown>>

export function treeOf(value: unknown, what: string): Tree {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Error(`${what} must be a map`)
  return value as Tree
}

export function refuseOthers(tree: Tree, allowed: readonly string[], what: string): void {
  const unknown = Object.keys(tree).filter((key) => !allowed.includes(key))
  if (unknown.length > 0) throw new Error(`${what} has ${unknown.join(', ')}, which is outside of the subset`)
}

export function textOf(tree: Tree, key: string): string {
  const value = tree[key]
  if (typeof value !== 'string') throw new Error(`${key} must be text`)
  return value.trim()
}

/** `actor.login` */
export function valueAt(event: Tree, path: string): unknown {
  return path.split('.').reduce<unknown>((it, key) => (it as Tree | undefined)?.[key], event)
}
