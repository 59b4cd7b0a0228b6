/**
 * Pulumi's own export, byte for byte as Go's `encoding/csv` writes it, so that whatever reads the export today reads
 * this too. It has no formula guard: the original has none.
 */
import { type Column, headerOf, LIVE_COLUMNS, PULUMI_COLUMNS, quote } from './csv-columns.ts'
import type { LineFormat } from './format.ts'

/** As in Go's `fieldNeedsQuotes`: also `\.` (PostgreSQL's end mark) and whatever begins with a `unicode.IsSpace`. */
const NEEDS_QUOTES = /[",\r\n]|^\\\.$|^[\t\v\f \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/

/** The nine documented columns. */
export const pulumiCsv: LineFormat = withColumns(PULUMI_COLUMNS)

/** The thirteen columns of the live export, the nine first: for our export API, which must not lose a token. */
export const livePulumiCsv: LineFormat = withColumns(LIVE_COLUMNS)

function withColumns(columns: readonly Column[]): LineFormat {
  return {
    name: 'pulumi_csv',
    contentType: 'text/csv; charset=utf-8',
    extension: 'csv',
    lineEnd: '\n',
    header: headerOf(columns),
    encode: (event) => columns.map(([, cell]) => quoted(cell(event))).join(','),
  }
}

function quoted(cell: string): string {
  return NEEDS_QUOTES.test(cell) ? quote(cell) : cell
}
