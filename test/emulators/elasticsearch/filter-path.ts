/** `filter_path`: keeps what one of the paths names, and drops whatever is left empty, also from arrays. */
export function filterPath(value: unknown, paths: string): unknown {
  return keep(value, new Wanted(paths.split(',').map((path) => path.split('.'))))
}

/**
 * The paths that apply to one value. Those below it are worked out once per name: an answer repeats the same names
 * thousands of times.
 */
class Wanted {
  readonly isWhole: boolean
  readonly #paths: readonly (readonly string[])[]
  readonly #below = new Map<string, Wanted | undefined>()

  /** `paths` start at the value. */
  constructor(paths: readonly (readonly string[])[]) {
    this.isWhole = paths.some((path) => path.length === 0)
    this.#paths = paths
  }

  below(name: string): Wanted | undefined {
    if (this.#below.has(name)) return this.#below.get(name)
    const on = this.#paths.filter(([step]) => step === '*' || step === name)
    const found = on.length === 0 ? undefined : new Wanted(on.map(([, ...rest]) => rest))
    this.#below.set(name, found)
    return found
  }
}

function keep(value: unknown, wanted: Wanted): unknown {
  if (wanted.isWhole) return value
  if (Array.isArray(value)) return value.map((it) => keep(it, wanted)).filter((it) => it !== undefined)
  if (typeof value !== 'object' || value === null) return undefined
  const kept: Record<string, unknown> = {}
  let isEmpty = true
  for (const name of Object.keys(value)) {
    const below = wanted.below(name)
    const rest = below && keep((value as Record<string, unknown>)[name], below)
    if (rest === undefined) continue
    kept[name] = rest
    isEmpty = false
  }
  return isEmpty ? undefined : kept
}
