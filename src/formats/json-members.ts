/** Objects of JSON as text, member by member: each begins with a comma, and one that says nothing is nothing. */

/** `,"key":"text"`. `key` needs no escape. */
export function textMember(key: string, text: string | undefined): string {
  return text === undefined || text === '' ? '' : `,"${key}":${JSON.stringify(text)}`
}

/** The same of a text that is JSON already. */
export function jsonMember(key: string, json: string | undefined): string {
  return json === undefined ? '' : `,"${key}":${json}`
}

/** `,"key":{…}` of such members. */
export function objectMember(key: string, members: string): string {
  return members === '' ? '' : `,"${key}":${objectOf(members)}`
}

/** `,"key":[…]` of whole values. */
export function listMember(key: string, values: readonly string[]): string {
  return values.length === 0 ? '' : `,"${key}":[${values.join(',')}]`
}

/** `{…}` of members, of which there is one at least. */
export function objectOf(members: string): string {
  return `{${members.slice(1)}}`
}
