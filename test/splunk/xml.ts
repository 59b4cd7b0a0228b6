/** XML as the dashboard uses it: elements, attributes, text; no comments, no CDATA, no declarations. */
interface Element {
  readonly name: string
  readonly attributes: Readonly<Record<string, string>>
}

/** All elements in order. Throws if the text isn't well-formed. */
export function elementsOf(text: string): Element[] {
  const found: Element[] = []
  const open: string[] = []
  let at = 0
  const token = /<(\/?)([A-Za-z_][\w.-]*)((?:\s+[\w.-]+="[^"<]*")*)\s*(\/?)>|[^<]+/y
  while (at < text.length) {
    token.lastIndex = at
    const match = token.exec(text)
    if (match === null) throw new Error(`not well-formed: ${text.slice(at, at + 60)}`)
    at = token.lastIndex
    const [whole, closing, name, attributes = '', empty] = match
    if (name === undefined) checkText(whole, open)
    else if (closing === '/') {
      const expected = open.pop()
      if (expected !== name) throw new Error(`</${name}> closes <${expected ?? 'nothing'}>`)
    } else {
      found.push({ name, attributes: attributesOf(attributes) })
      if (empty !== '/') open.push(name)
    }
  }
  if (open.length > 0) throw new Error(`<${open.join('><')}> is not closed`)
  return found
}

function checkText(text: string, open: readonly string[]): void {
  if (/&(?!(amp|lt|gt|quot|apos);)/.test(text)) throw new Error(`a bare & in ${text}`)
  if (open.length === 0 && text.trim() !== '') throw new Error(`text outside of an element: ${text}`)
}

function attributesOf(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/([\w.-]+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, value]),
  )
}
