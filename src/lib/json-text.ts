/** JSON of any value; undefined for one nested so deep that `JSON.parse` reads it and `JSON.stringify` overflows the stack. */
export function jsonText(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    return undefined
  }
}
