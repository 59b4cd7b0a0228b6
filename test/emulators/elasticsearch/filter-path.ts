/** `filter_path`: keeps what one of the paths names; what is left empty vanishes, also out of arrays. */
export function filterPath(value: unknown, paths: string): unknown {
  return keep(
    value,
    paths.split(',').map((path) => path.split('.')),
    0,
  )
}

/** `paths`: those that lead to `value`, each with what it names below it from `depth` on. */
function keep(value: unknown, paths: readonly (readonly string[])[], depth: number): unknown {
  if (paths.some((path) => path.length === depth)) return value
  if (Array.isArray(value)) return value.map((it) => keep(it, paths, depth)).filter((it) => it !== undefined)
  if (typeof value !== 'object' || value === null) return undefined
  const kept: Record<string, unknown> = {}
  let isEmpty = true
  for (const name of Object.keys(value)) {
    const on = paths.filter((path) => path[depth] === '*' || path[depth] === name)
    const rest = on.length === 0 ? undefined : keep((value as Record<string, unknown>)[name], on, depth + 1)
    if (rest === undefined) continue
    kept[name] = rest
    isEmpty = false
  }
  return isEmpty ? undefined : kept
}
