/** A request's body, with its texts as the bytes that were sent. */
import { isUtf8 } from 'node:buffer'

export interface Input {
  readonly members: Readonly<Record<string, unknown>>
  /** The encoding that turns a text into the bytes that were sent; with `latin1` each character is one byte. */
  readonly encoding: 'latin1' | 'utf8'
}

/**
 * Parses JSON, mostly with one character per byte: a text beyond Latin-1 takes twice the memory, and would have to be
 * encoded as UTF-8 again for its size and its MD5. Undefined for what is not JSON, or not UTF-8.
 */
export function inputOf(body: Buffer): Input | undefined {
  if (!isUtf8(body)) return undefined
  const bytes = body.toString('latin1')
  // An escape beyond ASCII stands for a character, not for one of the bytes.
  const encoding = ESCAPED_BEYOND_ASCII.test(bytes) ? 'utf8' : 'latin1'
  try {
    return { members: JSON.parse(encoding === 'utf8' ? body.toString() : bytes), encoding }
  } catch {
    return undefined
  }
}

/** Also matches an escaped backslash before a `u`, which costs only time. */
const ESCAPED_BEYOND_ASCII = /\\u(?!00[0-7])/

/** Decodes a text of the input. */
export function textOf(text: string, encoding: Input['encoding']): string {
  return encoding === 'utf8' ? text : Buffer.from(text, encoding).toString()
}
