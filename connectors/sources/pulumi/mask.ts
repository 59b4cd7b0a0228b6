/** Takes the access token out of what a server says. Before anything is cut from that: a part of a token is a secret too. */
import { formsOf, MASK } from '../../../src/lib/secret-forms.ts'

/** So many first characters of the token at the end of a text that was cut are taken for its beginning. */
const SHORTEST_PART = 4

/** Also where it stands encoded, in Base64 too, or begins where the text ends. */
export function withoutToken(text: string, token: string): string {
  if (token === '') return text
  const forms = allFormsOf(token)
  const whole = forms.reduce((clean, form) => clean.replaceAll(form, MASK), text)
  return forms.reduce(withoutBeginning, whole)
}

function allFormsOf(token: string): string[] {
  const forms = [...formsOf(token), ...[0, 1, 2].map((before) => insideBase64(token, before))]
  return [...new Set(forms)].filter((form) => form.length >= SHORTEST_PART)
}

/** What is the same in any Base64 text (RFC 4648, 4) that holds the token behind `before` bytes, modulo 3. */
function insideBase64(token: string, before: number): string {
  const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(token)])
  return bytes.toString('base64').slice(Math.ceil((before * 8) / 6), Math.floor((bytes.length * 8) / 6))
}

function withoutBeginning(text: string, form: string): string {
  for (let length = Math.min(form.length - 1, text.length); length >= SHORTEST_PART; length--) {
    if (text.endsWith(form.slice(0, length))) return text.slice(0, -length) + MASK
  }
  return text
}
