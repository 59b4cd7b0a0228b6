/** What stands in a value that was read, and whose shape nobody has promised. */

/** An object or a list. */
export function hasMembers(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** Undefined where there is none of that name; what every object inherits is no member. */
export function memberOf(value: unknown, name: string | number): unknown {
  return hasMembers(value) && Object.hasOwn(value, name) ? value[name] : undefined
}

/** The member of a member of … */
export function memberAt(value: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce(memberOf, value)
}
