/**
 * Removes the access token from what a server says. Done before that is cut, because a part of a token is a secret too.
 */
import { formsOf, MASK, withoutSecrets } from '../../../src/lib/secret-forms.ts'

/**
 * The end of a cut text is taken for the beginning of the token if at least this many characters match; a shorter token
 * isn't looked for.
 */
const SHORTEST_PART = 4

/** Also finds an encoded token, and the beginning of one at the end of the text. */
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
