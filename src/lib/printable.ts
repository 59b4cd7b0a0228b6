/** Makes foreign texts safe for a terminal. Marks are control characters, direction marks and line breaks. */

/** On one line; marks become blanks. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
}

/** On one line and complete: marks are escaped as in JSON. */
export function unbroken(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, escaped)
}

/** The same document, with the marks that JSON.stringify leaves escaped too. */
export function harmlessJson(json: string): string {
  return json.replaceAll(/[\x7f-\x9f\p{Cf}\p{Zl}\p{Zp}]/gu, escaped)
}

function escaped(mark: string): string {
  const short = JSON.stringify(mark).slice(1, -1)
  if (short !== mark) return short
  const units = Array.from({ length: mark.length }, (_, at) => mark.charCodeAt(at))
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')
}
