/** `filter_path`: keeps what one of the paths names; what is left empty vanishes, also out of arrays. */
export function filterPath(value: unknown, paths: string): unknown {
  return keep(
    value,
    paths.split(',').map((path) => path.split('.')),
  )
}

function keep(value: unknown, paths: readonly (readonly string[])[]): unknown {
  if (paths.some((path) => path.length === 0)) return value
  if (Array.isArray(value)) return value.map((it) => keep(it, paths)).filter((it) => it !== undefined)
  if (typeof value !== 'object' || value === null) return undefined
  const kept = Object.entries(value).flatMap(([name, inner]) => {
    const on = paths.filter(([first]) => first === '*' || first === name).map((path) => path.slice(1))
    const rest = on.length === 0 ? undefined : keep(inner, on)
    return rest === undefined ? [] : [[name, rest] as const]
  })
  return kept.length === 0 ? undefined : Object.fromEntries(kept)
}
