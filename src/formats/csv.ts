import { z } from 'zod'
import { flag } from '../lib/options.ts'
import { type Column, headerOf, LIVE_COLUMNS, quote } from './csv-columns.ts'
import type { LineFormat } from './format.ts'

const COLUMNS: readonly Column[] = [
  ...LIVE_COLUMNS,
  ['Organization', (event) => event.organization],
  ['EventID', (event) => event.action],
  ['UID', (event) => event.uid],
]

/** RFC 4180, 2.6 */
const NEEDS_QUOTES = /[",\r\n]/
/** What a spreadsheet may take for a formula: https://owasp.org/www-community/attacks/CSV_Injection */
const FORMULA_START = /^[=+\-@\t\r]/

export const csvOptions = z.strictObject({
  formula_guard: flag()
    .default(true)
    .describe('Puts an apostrophe before a cell that a spreadsheet would take for a formula.'),
})

/** CSV by RFC 4180. */
export function csv({ formula_guard }: z.output<typeof csvOptions>): LineFormat {
  const guarded = (cell: string) => (formula_guard && FORMULA_START.test(cell) ? `'${cell}` : cell)
  const quoted = (cell: string) => (NEEDS_QUOTES.test(cell) ? quote(cell) : cell)
  return {
    name: 'csv',
    contentType: 'text/csv; charset=utf-8',
    extension: 'csv',
    lineEnd: '\r\n',
    header: headerOf(COLUMNS),
    encode: (event) => COLUMNS.map(([, cell]) => quoted(guarded(cell(event)))).join(','),
  }
}
