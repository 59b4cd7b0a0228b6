/** The rows of a delivered CSV file, each with its bytes. A cell may contain line breaks. */
import Papa from 'papaparse'

interface Row {
  readonly cells: Record<string, string>
  /** Without the line end. */
  readonly bytes: Buffer
}

/** The rows after the header. */
export async function readRows(lines: AsyncIterable<Buffer>): Promise<Row[]> {
  const parts: Buffer[] = []
  for await (const line of lines) parts.push(line, LINE_END)
  const whole = Buffer.concat(parts)
  const text = whole.toString()
  // Not left to the parser's guess, which a cell with the other kind of line breaks would mislead.
  const newline = text.slice(0, text.indexOf('\n')).endsWith('\r') ? '\r\n' : '\n'
  const { data } = Papa.parse<Record<string, string>>(text, {
    ...{ header: true, skipEmptyLines: true, delimiter: ',', newline },
  })
  const cut = cutRows(whole)
  return data.map((cells, at) => ({ cells, bytes: cut[at + 1] ?? NO_BYTES }))
}

/** A row ends with the first line at whose end all quotes are closed. Empty rows are left out, as the parser does. */
function cutRows(bytes: Buffer): Buffer[] {
  const rows: Buffer[] = []
  let isQuoted = false
  let from = 0
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] === QUOTE) isQuoted = !isQuoted
    if (bytes[at] !== LINE_FEED || isQuoted) continue
    const to = bytes[at - 1] === CARRIAGE_RETURN ? at - 1 : at
    if (to > from) rows.push(bytes.subarray(from, to))
    from = at + 1
  }
  return rows
}

const LINE_END = Buffer.from('\n')
const NO_BYTES = Buffer.of()
const [QUOTE, LINE_FEED, CARRIAGE_RETURN] = [0x22, 0x0a, 0x0d]
