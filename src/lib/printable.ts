/** Texts of others, where a terminal may show them. Marks: controls, direction marks, what breaks a line. */

/** In one line; marks become blanks. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
}

/** In one line and whole: marks are escaped as in JSON. */
export function unbroken(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, escaped)
}

/** The same document: what JSON.stringify leaves of the marks is escaped too. */
export function harmlessJson(json: string): string {
  return json.replaceAll(/[\x7f-\x9f\p{Cf}\p{Zl}\p{Zp}]/gu, escaped)
}

function escaped(mark: string): string {
  const short = JSON.stringify(mark).slice(1, -1)
  if (short !== mark) return short
  const units = Array.from({ length: mark.length }, (_, at) => mark.charCodeAt(at))
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')
}
