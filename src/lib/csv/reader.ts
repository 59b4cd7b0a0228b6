/**
 * Streaming CSV with a header, for a log in which no row may be lost or invented.
 *
 * papaparse splits each piece of text; it is fast but forgiving: it takes stray quotes for text and lets an
 * unclosed one swallow what follows. So each of its rows is compared with the text it came from, and from the first
 * that doesn't match, the rest of the piece is read row by row by `strict-row.ts`.
 *
 * The text is the bytes as Latin-1, one character per byte: CSV's special characters are ASCII, a piece may end inside a
 * UTF-8 sequence, and the bytes of a bad row can be given back exactly. Cells become UTF-8 at the end.
 */
import { isAscii } from 'node:buffer'
import Papa from 'papaparse'
import { createLineCounter, linesIn } from './line-counter.ts'
import { endOfMatching } from './matching-row.ts'
import { CARRIAGE_RETURN, endOfLine, NEWLINE, type StrictRow, strictRow, UNCLOSED } from './strict-row.ts'

interface CsvReader {
  /** Rows that are complete with this piece. */
  push(piece: Buffer): CsvRows
  /** What is left when the text has come to its proper end. */
  end(): CsvRows
  /** Undefined until the first line has come. */
  header(): readonly string[] | undefined
}

export interface CsvRows {
  readonly rows: readonly CsvRow[]
  /** The bytes of a row as they came, without the line end; no more than the first `most`. */
  bytesOf(row: number, most?: number): Uint8Array
  /** Bytes of a row with its line end. */
  sizeOf(row: number): number
  /** The line of the text in which a row begins, counted from 1. */
  lineOf(row: number): number
}

export type CsvRow = string[] | Malformed

interface Malformed {
  readonly malformed: string
}

/** A row that has not ended after this many bytes is taken for an unclosed quote. */
const ROW_LIMIT = 32 * 1024 * 1024

/** As Latin-1 reads it. */
const BYTE_ORDER_MARK = '\xef\xbb\xbf'

const NO_ROWS: CsvRows = { rows: [], bytesOf: () => new Uint8Array(), sizeOf: () => 0, lineOf: () => 0 }

export function createCsvReader(rowLimit = ROW_LIMIT): CsvReader {
  let header: readonly string[] | undefined
  let rest = ''
  let isPlain = true
  let retryAt = 0
  let linesRead = 0
  const utf8 = createDecoder()

  function read(isLast: boolean): CsvRows {
    const text = header === undefined && rest.startsWith(BYTE_ORDER_MARK) ? rest.slice(3) : rest
    const found = rowsOf(text, { isLast, isOverfull: text.length >= rowLimit }, header)
    header ??= found.header && decode([...found.header], utf8)
    if (!isPlain) for (const row of found.rows) if (!('malformed' in row)) decode(row, utf8)
    rest = text.slice(found.end)
    const lineOf = createLineCounter(text, found.starts, linesRead + 1)
    linesRead += linesIn(text, 0, found.end)
    isPlain ||= !NOT_ASCII.test(rest)
    // A long row is not scanned again with each piece, which would cost the square of its length.
    retryAt = found.end === 0 ? Math.min(rest.length * 2, rowLimit) : 0
    return {
      rows: found.rows,
      bytesOf: (row, most) => lineBytes(text, found.starts[row] ?? 0, found.ends[row] ?? 0, most),
      sizeOf: (row) => (found.ends[row] ?? 0) - (found.starts[row] ?? 0),
      lineOf,
    }
  }

  return {
    push(piece) {
      rest += piece.toString('latin1')
      isPlain &&= isAscii(piece)
      return rest.length < retryAt ? NO_ROWS : read(false)
    },
    end: () => read(true),
    header: () => header,
  }
}

interface Found {
  header: readonly string[] | undefined
  readonly rows: CsvRow[]
  readonly starts: number[]
  readonly ends: number[]
  /** Everything before has been read. */
  end: number
}

const parser = new Papa.Parser({ delimiter: ',', newline: '\n' })

function rowsOf(
  text: string,
  state: { isLast: boolean; isOverfull: boolean },
  header: readonly string[] | undefined,
): Found {
  const found: Found = { header, rows: [], starts: [], ends: [], end: 0 }
  const parsed: { data: string[][]; errors: unknown[] } = parser.parse(text, 0, !state.isLast)
  let isSound = parsed.errors.length === 0
  let quote = text.indexOf('"')
  for (let row = 0; isSound && row < parsed.data.length; row++) {
    const cells = parsed.data[row] ?? []
    const end = endOfMatching(text, found.end, cells, quote)
    isSound = end !== -1 && take(found, cells, end)
    if (quote !== -1 && quote < end) quote = text.indexOf('"', end)
  }
  if (!isSound || (state.isOverfull && found.end === 0)) readStrictly(found, text, state)
  return found
}

function readStrictly(found: Found, text: string, state: { isLast: boolean; isOverfull: boolean }): void {
  while (found.end < text.length) {
    const start = found.end
    const row =
      strictRow(text, start, state.isLast) ?? (state.isOverfull && start === 0 ? UNCLOSED : undefined)
    if (row === undefined) return
    if ('cells' in row && take(found, row.cells, row.end)) continue
    const lineEnd = endOfLine(text, start)
    if (lineEnd === -1 && !state.isLast && !state.isOverfull) return
    const end = lineEnd === -1 ? text.length : lineEnd
    // A first line that is no row is no header either: the caller sees it by the names.
    if (found.header === undefined) take(found, [text.slice(start, end)], end)
    else put(found, { malformed: faultOf(row, found.header) }, end)
  }
}

function faultOf(row: StrictRow, header: readonly string[]): string {
  return 'malformed' in row
    ? row.malformed
    : `${row.cells.length} fields where the header has ${header.length}`
}

/** Takes the header, an empty line, or a row of as many cells as the header; says no to any other. */
function take(found: Found, cells: string[], end: number): boolean {
  if (cells.length === 1 && cells[0] === '') {
    found.end = end
  } else if (found.header === undefined) {
    found.header = cells
    found.end = end
  } else if (cells.length === found.header.length) {
    put(found, cells, end)
  } else {
    return false
  }
  return true
}

function put(found: Found, row: CsvRow, end: number): void {
  found.rows.push(row)
  found.starts.push(found.end)
  found.ends.push(end)
  found.end = end
}

function lineBytes(text: string, start: number, end: number, most = Number.POSITIVE_INFINITY): Uint8Array {
  if (end - start > most) return Buffer.from(text.slice(start, start + most), 'latin1')
  const isLine = text.charCodeAt(end - 1) === NEWLINE
  const isCrLf = isLine && text.charCodeAt(end - 2) === CARRIAGE_RETURN
  return Buffer.from(text.slice(start, isCrLf ? end - 2 : isLine ? end - 1 : end), 'latin1')
}

const NOT_ASCII = /[\x80-\xff]/

function decode(cells: string[], utf8: (cell: string) => string): string[] {
  for (let at = 0; at < cells.length; at++) {
    const cell = cells[at] as string
    if (NOT_ASCII.test(cell)) cells[at] = utf8(cell)
  }
  return cells
}

/** Caches decoded cells, since names recur; bounded, so that input can't grow it. */
function createDecoder(): (cell: string) => string {
  const known = new Map<string, string>()
  return (cell) => {
    const found = known.get(cell)
    if (found !== undefined) return found
    const text = Buffer.from(cell, 'latin1').toString('utf8')
    if (cell.length <= NAME_LENGTH && known.size < NAMES) known.set(cell, text)
    return text
  }
}

const NAMES = 1_000
const NAME_LENGTH = 100
