/**
 * Builds JSON objects as text, member by member: each begins with a comma, and a member without content is an empty
 * text.
 */

/** `,"key":"text"`. `key` needs no escape. */
export function textMember(key: string, text: string | undefined): string {
  return text === undefined || text === '' ? '' : `,"${key}":${JSON.stringify(text)}`
}

/** The same for a text that is already JSON. */
export function jsonMember(key: string, json: string | undefined): string {
  return json === undefined ? '' : `,"${key}":${json}`
}

/** `,"key":{…}` from such members. */
export function objectMember(key: string, members: string): string {
  return members === '' ? '' : `,"${key}":${objectOf(members)}`
}

/** `,"key":[…]` from whole values. */
export function listMember(key: string, values: readonly string[]): string {
  return values.length === 0 ? '' : `,"${key}":[${values.join(',')}]`
}

/** `{…}` from members, at least one. */
export function objectOf(members: string): string {
  return `{${members.slice(1)}}`
}
