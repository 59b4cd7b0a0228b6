import { asim } from './asim.ts'
import { cef } from './cef.ts'
import { csv } from './csv.ts'
import { ecs } from './ecs.ts'
import type { FormatName, LineFormat } from './format.ts'
import { leef } from './leef.ts'
import { native } from './native.ts'
import { ocsf } from './ocsf.ts'
import { defaultFormatOptions, type FormatOptions } from './options.ts'
import { otel } from './otel.ts'
import { pulumiCef } from './pulumi-cef.ts'
import { pulumiCsv } from './pulumi-csv.ts'
import { raw } from './raw.ts'
import { udm } from './udm.ts'

const FORMATS: Record<FormatName, (options: FormatOptions) => LineFormat> = {
  native: () => native,
  raw: () => raw,
  csv: ({ csv: options }) => csv(options),
  pulumi_csv: () => pulumiCsv,
  ocsf: ({ ocsf: options }) => ocsf(options),
  ecs: ({ ecs: options }) => ecs(options),
  cef: ({ cef: options }) => cef(options),
  leef: ({ leef: options }) => leef(options),
  pulumi_cef: ({ pulumi_cef: options }) => pulumiCef(options),
  udm: () => udm,
  asim: () => asim,
  otel: ({ otel: options }) => otel(options),
}

export const FORMAT_NAMES = Object.keys(FORMATS) as readonly FormatName[]

/** Formats that a JSON body can contain. */
export const JSON_FORMAT_NAMES = FORMAT_NAMES.filter(
  (name) => lineFormat(name).contentType === 'application/json',
)

/** `options`: those of the format itself; missing ones keep their defaults. */
export function lineFormat(name: FormatName, options: Partial<FormatOptions> = {}): LineFormat {
  return FORMATS[name]({ ...defaultFormatOptions, ...options })
}
