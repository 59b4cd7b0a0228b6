/** JSON of any value, however deep: `JSON.parse` reads what overflows the stack of `JSON.stringify`. */
export function jsonText(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    return deepText(value)
  }
}

/** The same indented by two blanks per level, for people; a value too deep for that stays on one line. */
export function indentedJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value, undefined, 2)
  } catch {
    return deepText(value)
  }
}

/** Without recursion, for plain data; texts on the stack are what goes between the values. */
function deepText(root: unknown): string {
  const written: string[] = []
  const open: (string | { readonly value: unknown })[] = [{ value: root }]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next === 'string') written.push(next)
    else if (typeof next.value !== 'object' || next.value === null)
      written.push(JSON.stringify(next.value) ?? 'null')
    else openValue(next.value, open)
  }
  return written.join('')
}

/** In reverse, as they are taken from the end. */
function openValue(value: object, open: (string | { readonly value: unknown })[]): void {
  const isList = Array.isArray(value)
  const members = Object.entries(value).filter(([, member]) => isList || member !== undefined)
  open.push(isList ? ']' : '}')
  for (let at = members.length - 1; at >= 0; at--) {
    const [key, member] = members[at] as [string, unknown]
    open.push({ value: member })
    if (!isList) open.push(`${JSON.stringify(key)}:`)
    if (at > 0) open.push(',')
  }
  open.push(isList ? '[' : '{')
}

/** JSON as it came, on one line: if it has several, the white space between its values is left out. */
export function oneLine(json: string): string {
  const text = json.trim()
  if (!/[\r\n]/.test(text)) return text
  const kept: string[] = []
  let from = 0
  let isInText = false
  for (let at = 0; at < text.length; at++) {
    const unit = text[at] as string
    if (isInText && unit === '\\') at++
    else if (unit === '"') isInText = !isInText
    else if (!isInText && unit <= ' ') {
      kept.push(text.slice(from, at))
      from = at + 1
    }
  }
  kept.push(text.slice(from))
  return kept.join('')
}

/** Parses a JSON object; undefined for anything else, such as a page of a proxy. */
export function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** `{}`, or an empty body, which says no more; blanks don't count. */
export function isEmptyObject(body: string): boolean {
  return ['', '{}'].includes(body.replaceAll(/\s/g, ''))
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
