/** Takes secrets out of what a server says: also as an address, a form or JSON quotes them. */

export const MASK = '[secret]'

/** Masking `1` or a blank would only make answers unreadable. */
const SHORTEST_FORM = 4

/** To be called before the text is cut: a part of a secret is one too. An empty secret is found nowhere. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce(
    (clean, secret) => formsOf(secret).reduce((it, form) => it.replaceAll(form, MASK), clean),
    text,
  )
}

/** The secret as it is, and how it may come back: the longest form first, as it may hold another. */
export function formsOf(secret: string): string[] {
  if (secret === '') return []
  if (PLAIN.test(secret)) return [secret]
  const json = JSON.stringify(secret).slice(1, -1)
  const encoded = encodeURIComponent(secret.toWellFormed())
  const others = [encoded, encoded.replaceAll('%20', '+'), decoded(secret), json, ...moreOf(json)]
  const forms = new Set([secret, ...others.filter((form) => form.length >= SHORTEST_FORM)])
  return [...forms].toSorted((a, b) => b.length - a.length)
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
