import { csv } from './csv.ts'
import type { FormatName, LineFormat } from './format.ts'
import { native } from './native.ts'
import { pulumiCsv } from './pulumi-csv.ts'
import { raw } from './raw.ts'

interface FormatOptions {
  /** For `csv` alone; on unless told otherwise. */
  readonly formulaGuard?: boolean
}

const FORMATS: Record<FormatName, (options: FormatOptions) => LineFormat> = {
  native: () => native,
  raw: () => raw,
  csv: ({ formulaGuard = true }) => csv(formulaGuard),
  pulumi_csv: () => pulumiCsv,
}

export const FORMAT_NAMES = Object.keys(FORMATS) as readonly FormatName[]

export function lineFormat(name: FormatName, options: FormatOptions = {}): LineFormat {
  return FORMATS[name](options)
}
