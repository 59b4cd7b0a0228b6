/** Options of single formats. Every sink takes them next to `format`, each under its format's name. */
import { z } from 'zod'
import { cefOptions } from './cef.ts'
import { csvOptions } from './csv.ts'
import { ecsOptions } from './ecs.ts'
import { leefOptions } from './leef-options.ts'
import { ocsfOptions } from './ocsf.ts'
import { otelOptions } from './otel.ts'
import { pulumiCefOptions } from './pulumi-cef.ts'

export const formatOptions = z.strictObject({
  csv: csvOptions.prefault({}).describe('For the format csv.'),
  ocsf: ocsfOptions.prefault({}).describe('For the format ocsf.'),
  ecs: ecsOptions.prefault({}).describe('For the format ecs.'),
  cef: cefOptions.prefault({}).describe('For the format cef.'),
  leef: leefOptions.prefault({}).describe('For the format leef.'),
  pulumi_cef: pulumiCefOptions.prefault({}).describe('For the format pulumi_cef.'),
  otel: otelOptions.prefault({}).describe('For the format otel.'),
})

export type FormatOptions = z.output<typeof formatOptions>

export const defaultFormatOptions: FormatOptions = formatOptions.parse({})

/** Options that a sink's product leaves no choice about. */
export type FixedFormatOptions = { readonly [Name in keyof FormatOptions]?: Partial<FormatOptions[Name]> }

export function fixOptions(options: FormatOptions, fixed: FixedFormatOptions = {}): FormatOptions {
  const names = Object.keys(options) as (keyof FormatOptions)[]
  return Object.fromEntries(
    names.map((name) => [name, { ...options[name], ...fixed[name] }]),
  ) as FormatOptions
}
