/**
 * PostgreSQL stores neither NUL nor half of a surrogate pair in a text: these are written as `␀` and their code, and
 * `␀` itself is doubled. Pure.
 */
export function storableText(text: string): string {
  return STRANGE.test(text) ? text.replace(ALL_STRANGE, escaped) : text
}

/** Reverses `storableText`. */
export function ownText(stored: string): string {
  return stored.includes('\u2400') ? stored.replace(ESCAPES, unescaped) : stored
}

const STRANGE = /[\0\u2400\p{Cs}]/u
const ALL_STRANGE = new RegExp(STRANGE, 'gu')
const ESCAPES = /\u2400(?:\u2400|([0-9a-f]{4}))/g

function escaped(letter: string): string {
  const code = letter === '\u2400' ? letter : letter.charCodeAt(0).toString(16).padStart(4, '0')
  return `\u2400${code}`
}

function unescaped(_: string, code: string | undefined): string {
  return code === undefined ? '\u2400' : String.fromCharCode(Number.parseInt(code, 16))
}
