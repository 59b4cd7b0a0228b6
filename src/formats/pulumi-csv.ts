/**
 * The nine documented columns of Pulumi's own export, byte for byte as Go's `encoding/csv` writes them, so that
 * whatever reads the export today reads this too. It has no formula guard: the original has none.
 */
import { headerOf, PULUMI_COLUMNS, quote } from './csv-columns.ts'
import type { LineFormat } from './format.ts'

/** As `fieldNeedsQuotes` of Go: also `\.` (PostgreSQL's end mark) and what begins with a `unicode.IsSpace`. */
const NEEDS_QUOTES = /[",\r\n]|^\\\.$|^[\t\v\f \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/

export const pulumiCsv: LineFormat = {
  name: 'pulumi_csv',
  contentType: 'text/csv; charset=utf-8',
  extension: 'csv',
  lineEnd: '\n',
  header: headerOf(PULUMI_COLUMNS),
  encode: (event) => PULUMI_COLUMNS.map(([, cell]) => quoted(cell(event))).join(','),
}

function quoted(cell: string): string {
  return NEEDS_QUOTES.test(cell) ? quote(cell) : cell
}
