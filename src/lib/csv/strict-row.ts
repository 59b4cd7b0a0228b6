/** One CSV row by the letter of RFC 4180, where the fast parser found something odd. */

export type StrictRow = { readonly cells: string[]; readonly end: number } | { readonly malformed: string }

export const NEWLINE = 10
export const CARRIAGE_RETURN = 13
export const QUOTE = 34
export const COMMA = 44

export const UNCLOSED: StrictRow = { malformed: 'a quote is not closed' }

/**
 * The row that begins at `start`; `end` is where the next one begins. Undefined if the text breaks off
 * inside the row and more of it is to come.
 */
export function strictRow(text: string, start: number, isLast: boolean): StrictRow | undefined {
  const cells: string[] = []
  for (let at = start; ; at++) {
    const cell = cellAt(text, at)
    if (cell === undefined) return isLast ? UNCLOSED : undefined
    cells.push(cell.value)
    at = cell.end
    if (text.charCodeAt(at) === COMMA) continue
    const next = afterLineEnd(text, at)
    if (next !== -1) return { cells, end: next }
    if (!isOver(text, at)) return { malformed: cell.fault }
    return isLast ? { cells, end: text.length } : undefined
  }
}

/** Where the next physical line begins; -1 if this one isn't over. */
export function endOfLine(text: string, start: number): number {
  return text.indexOf('\n', start) + 1 || -1
}

/** One cell; `fault` is what is wrong if neither comma nor line end follows. Undefined if a quote isn't closed. */
function cellAt(text: string, start: number): { value: string; end: number; fault: string } | undefined {
  if (text.charCodeAt(start) !== QUOTE) {
    const end = endOfPlain(text, start)
    return { value: text.slice(start, end), end, fault: 'a quote stands inside an unquoted field' }
  }
  let close = text.indexOf('"', start + 1)
  while (close !== -1 && text.charCodeAt(close + 1) === QUOTE) close = text.indexOf('"', close + 2)
  if (close === -1) return undefined
  const value = text.slice(start + 1, close).replaceAll('""', '"')
  return { value, end: close + 1, fault: 'text follows a closing quote' }
}

/** Offset of the comma, line end, stray quote or end of text, whichever comes first. */
function endOfPlain(text: string, start: number): number {
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === COMMA || code === QUOTE || afterLineEnd(text, at) !== -1) return at
    if (code === CARRIAGE_RETURN && at + 1 === text.length) return at
  }
  return text.length
}

/** Offset after the LF or CR LF that is here; -1 if there is none. */
function afterLineEnd(text: string, at: number): number {
  const code = text.charCodeAt(at)
  if (code === NEWLINE) return at + 1
  return code === CARRIAGE_RETURN && text.charCodeAt(at + 1) === NEWLINE ? at + 2 : -1
}

/** Nothing follows but what may be the first half of a line end. */
function isOver(text: string, at: number): boolean {
  return at === text.length || (at + 1 === text.length && text.charCodeAt(at) === CARRIAGE_RETURN)
}
