/** Takes secrets out of what a server says: also as an address, a form or JSON quotes them. */

import { parseObject } from './json-text.ts'

export const MASK = '[secret]'

/** Masking `1` or a blank would only make answers unreadable. */
const SHORTEST_FORM = 4

/** A shorter one may be a word or a number of the protocol: `t` is in every `true`. */
const SHORTEST_OWN = 8

/**
 * To be called before the text is cut: a part of a secret is one too. An empty secret is found nowhere. Short ones leave
 * the members and values of JSON as they are, which tell what became of the events, and go from its texts alone.
 */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  const forms = secrets.flatMap(formsOf)
  const isOwn = (form: string) => form.length >= SHORTEST_OWN
  const clean = masked(text, forms.filter(isOwn))
  const short = forms.filter((form) => !isOwn(form))
  const plain = masked(clean, short)
  if (plain === clean) return clean
  try {
    return JSON.stringify(JSON.parse(clean), (_, it) => (typeof it === 'string' ? masked(it, short) : it))
  } catch {
    // No JSON, or nested too deep.
    return plain
  }
}

function masked(text: string, forms: readonly string[]): string {
  return forms.reduce((it, form) => it.replaceAll(form, MASK), text)
}

/** The secret as it is, and how it may come back: the longest form first, as it may hold another. */
export function formsOf(secret: string): string[] {
  const forms = new Set([secret, ...keyPartsOf(secret)].flatMap(encodingsOf))
  return [...forms].toSorted((a, b) => b.length - a.length)
}

/** Of a key file that is JSON, such as a service account's: its private key, and what a PEM holds between its frame. */
function keyPartsOf(secret: string): string[] {
  const { private_key: key } = (secret.trimStart().startsWith('{') && parseObject(secret)) || {}
  if (typeof key !== 'string') return []
  const lines = key.split(/\s+/).filter((line) => KEY_LINE.test(line))
  return [key, lines.join(''), ...lines]
}

/** A shorter last one tells next to nothing. */
const KEY_LINE = /^[\w+/=]{16,}$/

function encodingsOf(secret: string): string[] {
  if (secret === '') return []
  if (PLAIN.test(secret)) return [secret]
  const json = JSON.stringify(secret).slice(1, -1)
  const encoded = encodeURIComponent(secret.toWellFormed())
  const others = [encoded, encoded.replaceAll('%20', '+'), decoded(secret), json, ...moreOf(json)]
  return [secret, ...others.filter((form) => form.length >= SHORTEST_FORM)]
}

/** What no encoding changes. */
const PLAIN = /^[\w.~-]*$/

function decoded(secret: string): string {
  try {
    return decodeURIComponent(secret)
  } catch {
    return ''
  }
}

/** Go escapes what HTML knows, in JSON; other encoders the slash. */
function moreOf(json: string): string[] {
  const html = json.replaceAll(/[&<>]/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`)
  return [html, json.replaceAll('/', '\\/')]
}
