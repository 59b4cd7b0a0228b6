/** Takes secrets out of what a server says, also in the encodings of URLs, forms and JSON. */

import { parseObject } from './json-text.ts'

export const MASK = '[secret]'

/** Masking `1` or a blank would only make answers unreadable. */
const SHORTEST_FORM = 4

/** A shorter one may be a word or a number of the protocol: `t` is in every `true`. */
const SHORTEST_OWN = 8

/**
 * Call it before the text is cut off: a part of a secret that is left is a leak too. Empty secrets are ignored. In JSON a
 * short one is removed only from text values, since names, numbers and flags say what became of the events. If a secret
 * is written with needless escapes, the whole text is hidden.
 */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  if (text === '') return text
  // All at once, longest first: removing a password first would leave the rest of a longer form that contains it.
  const forms = longestFirst(secrets.flatMap(formsOf))
  const clean = inAnyCase(text, forms.filter(isOwn))
  if (holdsEscaped(clean, secrets)) return MASK
  const short = forms.filter((form) => !isOwn(form))
  const plain = masked(clean, short)
  if (plain === clean) return clean
  try {
    return JSON.stringify(JSON.parse(clean), (_, it) => (typeof it === 'string' ? masked(it, short) : it))
  } catch {
    // Not JSON, or nested too deep.
    return plain
  }
}

function isOwn(form: string): boolean {
  return form.length >= SHORTEST_OWN
}

/** In whichever case a proxy or a log has put them. */
function inAnyCase(text: string, forms: readonly string[]): string {
  let clean = text
  let lower = text.toLowerCase()
  for (const form of forms) {
    if (!lower.includes(form.toLowerCase())) continue
    clean = clean.replaceAll(new RegExp(form.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&'), 'gi'), MASK)
    lower = clean.toLowerCase()
  }
  return clean
}

function masked(text: string, forms: readonly string[]): string {
  return forms.reduce((it, form) => it.replaceAll(form, MASK), text)
}

function holdsEscaped(text: string, secrets: readonly string[]): boolean {
  const plain = unescaped(text)
  if (plain === text) return false
  const lower = plain.toLowerCase()
  return secrets.some((secret) => isOwn(secret) && lower.includes(secret.toLowerCase()))
}

/** The secret itself and the forms in which it may come back, longest first, as one may contain another. */
export function formsOf(secret: string): string[] {
  const inOther = [
    ...[0, 1, 2].map((before) => insideBase64(secret, before)),
    Buffer.from(secret).toString('hex'),
  ]
  const forms = new Set([
    ...[secret, ...keyPartsOf(secret)].flatMap(encodingsOf),
    ...[...inOther, ...inOther.map(inAddress)].filter((form) => form.length >= SHORTEST_FORM),
  ])
  return longestFirst([...forms])
}

function longestFirst(forms: readonly string[]): string[] {
  return forms.toSorted((a, b) => b.length - a.length)
}

/** The part that is the same in any Base64 text (RFC 4648, 4) with the secret after `before` bytes, modulo 3. */
function insideBase64(secret: string, before: number): string {
  const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)])
  return bytes.toString('base64').slice(Math.ceil((before * 8) / 6), Math.floor((bytes.length * 8) / 6))
}

/** Base64 as RFC 4648, 5 has it for addresses and file names. */
function inAddress(base64: string): string {
  return base64.replaceAll('+', '-').replaceAll('/', '_')
}

/** Escapes of addresses, JSON, C and HTML, of one character or byte each. */
function unescaped(text: string): string {
  return text.replaceAll(
    /%([\da-f]{2})|\\u([\da-f]{4})|\\x([\da-f]{2})|&#x([\da-f]{1,4});|&#(\d{1,5});/gi,
    (_, address, json, c, hex, decimal) =>
      String.fromCharCode(
        decimal === undefined ? Number.parseInt(address ?? json ?? c ?? hex, 16) : Number(decimal),
      ),
  )
}

/** For a key file in JSON, such as a service account's: its private key, and the lines inside a PEM. */
function keyPartsOf(secret: string): string[] {
  const { private_key: key } = (secret.trimStart().startsWith('{') && parseObject(secret)) || {}
  if (typeof key !== 'string') return []
  const lines = key.split(/\s+/).filter((line) => KEY_LINE.test(line))
  return [key, lines.join(''), ...lines]
}

/** A shorter last line reveals next to nothing. */
const KEY_LINE = /^[\w+/=]{16,}$/

function encodingsOf(secret: string): string[] {
  if (secret === '') return []
  if (PLAIN.test(secret)) return [secret]
  const json = JSON.stringify(secret).slice(1, -1)
  const encoded = encodeURIComponent(secret.toWellFormed())
  const others = [encoded, encoded.replaceAll('%20', '+'), decoded(secret), json, ...moreOf(json)]
  return [secret, ...others.filter((form) => form.length >= SHORTEST_FORM)]
}

/** Text that no encoding changes. */
const PLAIN = /^[\w.~-]*$/

function decoded(secret: string): string {
  try {
    return decodeURIComponent(secret)
  } catch {
    return ''
  }
}

/** In JSON, Go escapes HTML characters, and other encoders the slash. */
function moreOf(json: string): string[] {
  const html = json.replaceAll(/[&<>]/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`)
  return [html, json.replaceAll('/', '\\/')]
}
