/** Reads members of a parsed value of unknown shape. */

/** An object or a list. */
export function hasMembers(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** Undefined if there is no member of that name; inherited ones don't count. */
export function memberOf(value: unknown, name: string | number): unknown {
  return hasMembers(value) && Object.hasOwn(value, name) ? value[name] : undefined
}

/** The member of a member of … */
export function memberAt(value: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce(memberOf, value)
}
