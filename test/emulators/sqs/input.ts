/** What a request asks for, with texts as the bytes that were sent. */
import { isUtf8 } from 'node:buffer'

export interface Input {
  readonly members: Readonly<Record<string, unknown>>
  /** In which the bytes of a text are those that were sent: with `latin1` each character of it is one of them. */
  readonly encoding: 'latin1' | 'utf8'
}

/**
 * JSON, mostly with bytes as characters: beyond Latin a text takes twice the memory, and would have to become UTF-8 again to be
 * counted and summed. Undefined for what is no JSON, or no UTF-8.
 */
export function inputOf(body: Buffer): Input | undefined {
  if (!isUtf8(body)) return undefined
  const bytes = body.toString('latin1')
  // An escape may stand for a character that is no byte.
  const encoding = ESCAPED_BEYOND_ASCII.test(bytes) ? 'utf8' : 'latin1'
  try {
    return { members: JSON.parse(encoding === 'utf8' ? body.toString() : bytes), encoding }
  } catch {
    return undefined
  }
}

/** Or a backslash in front of what looks like one. */
const ESCAPED_BEYOND_ASCII = /\\u(?!00[0-7])/

/** A text of the input as it was meant. */
export function textOf(text: string, encoding: Input['encoding']): string {
  return encoding === 'utf8' ? text : Buffer.from(text, encoding).toString()
}
