/** Splunk's .conf files, read strictly: what Splunk would silently skip is an error here. */

export type Stanza = ReadonlyMap<string, string>
export type Conf = ReadonlyMap<string, Stanza>

/**
 * Throws on a line that is neither stanza, setting nor comment, on anything doubled, and on settings outside a stanza.
 */
export function parseConf(text: string, name: string): Conf {
  const stanzas = new Map<string, Map<string, string>>()
  let current: Map<string, string> | undefined
  const lines = text.replaceAll(/\\\n/g, '\n\u0000').split(/\n(?!\0)/)
  for (const line of lines.map((it) => it.replaceAll('\n\u0000', '\n'))) {
    if (line.trim() === '' || line.startsWith('#')) continue
    const stanza = /^\[([^\]\n]*)\]$/.exec(line)?.[1]
    if (stanza !== undefined) {
      if (stanzas.has(stanza)) throw new Error(`${name}: stanza [${stanza}] is there twice`)
      current = new Map()
      stanzas.set(stanza, current)
      continue
    }
    const [, key, value] = /^([\w.-]+) = ([\s\S]*\S)$/.exec(line) ?? []
    if (key === undefined || value === undefined) throw new Error(`${name}: not understood: ${line}`)
    if (current === undefined) throw new Error(`${name}: ${key} stands in no stanza`)
    if (current.has(key)) throw new Error(`${name}: ${key} is there twice`)
    current.set(key, value)
  }
  return stanzas
}
