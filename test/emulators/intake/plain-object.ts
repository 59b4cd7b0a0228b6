/**
 * Reads the first member of a JSON object and proves that the whole object is JSON, with one regular expression that
 * takes less than half as long as parsing. It knows objects and lists of scalars, four levels deep, names without
 * escapes, and no second member of that name.
 */

/** A string of JSON, with its quotes. */
export const TEXT = String.raw`"[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\u0000-\u001f]*)*"`
const SCALAR = String.raw`${TEXT}|-?(?:0|[1-9]\d*)(?:\.\d+)?|true|false|null`
const DEPTH = 3

/** The member's text if it has no escapes; undefined for what is left to `JSON.parse` to read or refuse. */
export function createPlainReader(member: string): (json: string) => string | undefined {
  const name = `(?!"${member}":)"[@\\w.-]*"`
  let value = SCALAR
  for (let depth = 0; depth < DEPTH; depth++) {
    value = `${SCALAR}|\\{(?:${listOf(`${name}:(?:${value})`)})?\\}|\\[(?:${listOf(`(?:${SCALAR})`)})?\\]`
  }
  const object = new RegExp(`^\\{"${member}":"([^"\\\\\\u0000-\\u001f]*)"(?:,${name}:(?:${value}))*\\}$`)
  return (json) => {
    const text = object.exec(json)?.[1]
    // A string of its own: a slice would keep the whole object in memory.
    return text === undefined ? undefined : JSON.parse(`"${text}"`)
  }
}

function listOf(element: string): string {
  return `${element}(?:,${element})*`
}
