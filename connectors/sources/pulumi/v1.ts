/** The CSV export: rows of the streamed text as records. */
import type { SourceRecord } from '../../../src/connector.ts'
import { type CsvRows, createCsvReader } from '../../../src/lib/csv/reader.ts'
import { excerptOf } from '../../../src/lib/http/outcome.ts'
import { keptOf } from './keep.ts'
import { type Columns, columnsOf, recordOfRow } from './normalise.ts'
import { CHECK_ADDRESS, Refusal } from './refusal.ts'

/** Bytes that become one string: a longer one would be a large object of the heap, which is costly to make. */
const PART = 32 * 1024

/** Bytes of inflated text without an understandable row after which reading stops, even for a gzip bomb. */
const UNREAD_LIMIT = 64 * 1024 * 1024
const NO_ROWS = 'the export goes on for 64 MiB without a row that can be understood'

interface ExportReading {
  /** The latest accepted second. */
  readonly latest: number
  readonly cure?: string
  /** Removes secrets from what a message quotes of the text. */
  readonly clean?: (text: string) => string
  /** Every record carries its line, not only those that can't be understood. */
  readonly lines?: boolean
  /** Told with rows: the documented columns that they do not have. */
  lacks?(columns: readonly string[]): void
  /** Whether the text really ends with this last line, which has no line end. */
  endsSo?(line: Uint8Array): Promise<boolean>
}

/** Throws Refusal if the text is no export. */
export async function* recordsOfExport(
  pieces: AsyncIterable<Buffer>,
  { latest, cure = CHECK_ADDRESS, clean = (text) => text, lines = false, lacks, endsSo }: ExportReading,
): AsyncGenerator<SourceRecord[]> {
  const reader = createCsvReader()
  let columns: Columns | undefined
  const recordsOf = ({ rows, bytesOf, sizeOf, lineOf }: CsvRows) => {
    const header = reader.header()
    if (header === undefined) return []
    columns ??= knownColumns(header, cure, clean)
    const known = columns
    if (rows.length > 0) lacks?.(known.lacking)
    return rows.map((row, at): SourceRecord => {
      const record = 'malformed' in row ? row.malformed : recordOfRow(row, known, latest)
      if (typeof record !== 'string') return lines ? Object.assign(record, { line: lineOf(at) }) : record
      return { ...keptOf(record, sizeOf(at), (most) => bytesOf(at, most)), line: lineOf(at) }
    })
  }
  let unreadBytes = 0
  for await (const piece of pieces) {
    for (let at = 0; at < piece.length; at += PART) {
      const records = recordsOf(reader.push(piece.subarray(at, at + PART)))
      if (records.length > 0) yield records
      unreadBytes = records.some((it) => 'timestamp' in it) ? 0 : unreadBytes + PART
      if (unreadBytes > UNREAD_LIMIT) throw new Refusal('transient', { problem: NO_ROWS, cure })
    }
  }
  const hasLineEnd = reader.header() !== undefined
  const last = reader.end()
  const records = recordsOf(last)
  // An answer cut inside its header would pass for an empty log, and the checkpoint would move. But a CSV's last line
  // may lack its line end (RFC 4180, 2.2), and in an empty log the header is the last line.
  if (columns !== undefined && !hasLineEnd && columns.lacking.length > 0) {
    throw new Refusal('transient', { problem: 'the export broke off inside its header line', cure: '' })
  }
  if (
    endsSo !== undefined &&
    isDoubtful(last, columns) &&
    !(await endsSo(last.bytesOf(last.rows.length - 1)))
  )
    throw new Refusal('transient', { problem: 'the export broke off inside a row', cure: '' })
  if (records.length > 0) yield records
}

function knownColumns(header: readonly string[], cure: string, clean: (text: string) => string): Columns {
  // Such a text is a single line, a header, and would pass for an empty log.
  if (header.some((name) => /\r[^\n]/.test(name)))
    throw new Refusal('transient', { problem: "the export's lines end in carriage returns alone", cure })
  const columns = columnsOf(header)
  if (columns.timestamp !== -1 && columns.event !== -1) return columns
  const first = header.join(',').trim()
  const kind = first.startsWith('<')
    ? 'HTML'
    : /^[[{]/.test(first)
      ? 'JSON'
      : 'text without the columns Timestamp and Event'
  const problem = `the export came as ${kind} instead of CSV${excerptOf(clean(first))}`
  throw new Refusal('transient', { problem, cure })
}

/** Whether a last line without a line end may have been cut. One that ends in a flag's word was not. */
function isDoubtful({ rows }: CsvRows, columns: Columns | undefined): boolean {
  const row = rows.at(-1)
  if (row === undefined || columns === undefined) return false
  const { orgAdmin, stackAdmin, authFailure } = columns
  const isFlag = Array.isArray(row) && [orgAdmin, stackAdmin, authFailure].includes(row.length - 1)
  return !(isFlag && /^(true|false)$/i.test(row.at(-1) ?? ''))
}
