/** Options of single formats. Every sink takes them beside `format`, each under its format's name. */
import { z } from 'zod'
import { csvOptions } from './csv.ts'

export const formatOptions = z.strictObject({
  csv: csvOptions.prefault({}).describe('For the format csv.'),
})

export type FormatOptions = z.output<typeof formatOptions>

export const defaultFormatOptions: FormatOptions = formatOptions.parse({})
