/** Compares a row that papaparse split with the text it came from. */
import { CARRIAGE_RETURN, COMMA, NEWLINE, QUOTE } from './strict-row.ts'

/**
 * Where the next row begins, if the text at `start` is just what these cells are written as; else -1.
 * `quote` is where the next quote stands. A carriage return before the line end is taken off the last cell.
 */
export function endOfMatching(text: string, start: number, cells: string[], quote: number): number {
  const last = cells.length - 1
  let at = start
  let next = quote
  for (let i = 0; i < last; i++) {
    const isQuoted = text.charCodeAt(at) === QUOTE
    at = endOfCell(text, at, cells[i] ?? '', next)
    if (at === -1 || text.charCodeAt(at) !== COMMA) return -1
    if (isQuoted) next = text.indexOf('"', at)
    at++
  }
  const isQuoted = text.charCodeAt(at) === QUOTE
  const tail = cells[last] ?? ''
  at = endOfCell(text, at, tail, next)
  if (isQuoted && text.charCodeAt(at) === CARRIAGE_RETURN) at++
  if (!isQuoted && tail.charCodeAt(tail.length - 1) === CARRIAGE_RETURN) cells[last] = tail.slice(0, -1)
  if (at === -1 || at === text.length) return at
  return text.charCodeAt(at) === NEWLINE ? at + 1 : -1
}

/** Offset after the cell; -1 if there is a stray quote inside. */
function endOfCell(text: string, start: number, cell: string, quote: number): number {
  if (text.charCodeAt(start) === QUOTE) return start + cell.length + 2 + quotesIn(cell)
  const end = start + cell.length
  return quote !== -1 && quote < end ? -1 : end
}

function quotesIn(cell: string): number {
  let count = 0
  for (let at = cell.indexOf('"'); at !== -1; at = cell.indexOf('"', at + 1)) count++
  return count
}
