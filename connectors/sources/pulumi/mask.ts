/** Takes the access token out of what a server says. Before anything is cut from that: a part of a token is a secret too. */
import { formsOf, MASK, withoutSecrets } from '../../../src/lib/secret-forms.ts'

/** So many first characters of the token at the end of a text that was cut are taken for its beginning; a shorter token is none. */
const SHORTEST_PART = 4

/** Also where it stands encoded, or begins where the text ends. */
export function withoutToken(text: string, token: string): string {
  if (token.length < SHORTEST_PART) return text
  return formsOf(token).reduce(withoutBeginning, withoutSecrets(text, [token]))
}

function withoutBeginning(text: string, form: string): string {
  for (let length = Math.min(form.length - 1, text.length); length >= SHORTEST_PART; length--) {
    if (text.endsWith(form.slice(0, length))) return text.slice(0, -length) + MASK
  }
  return text
}
