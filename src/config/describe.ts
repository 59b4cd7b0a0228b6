/** Options as rows for people: tables in READMEs and the commented default file. */
import type { JsonSchema } from './json-schema.ts'

interface OptionRow {
  /** With dots inside maps: `rotate.max_bytes`. */
  readonly key: string
  /** A heading for the options of one variant: `auth.type: basic`. */
  readonly heading?: true
  /** `text`, `duration`, `one of a, b`, `list of durations` … */
  readonly type: string
  readonly required: boolean
  /** As written in YAML; undefined if there is none. */
  readonly preset: unknown
  readonly description: string
}

/** Every option of an input schema; a map of options is followed by its members. */
function optionRows(schema: JsonSchema, prefix = ''): OptionRow[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, option]): OptionRow[] => {
    const key = prefix + name
    const row: OptionRow = {
      key,
      type: typeOf(option),
      required: schema.required?.includes(name) ?? false,
      preset: option.default,
      description: option.description ?? '',
    }
    return [row, ...optionRows(option, `${key}.`), ...alternativeRows(option, `${key}.`)]
  })
}

/** Options of a map whose `type` decides which they are. */
function alternativeRows({ oneOf = [] }: JsonSchema, prefix: string): OptionRow[] {
  return oneOf.flatMap((alternative) => {
    const type = alternative.properties?.type?.const
    return optionRows(alternative, prefix).map((row) => {
      if (row.key !== `${prefix}type`) return row
      return { ...row, key: `${row.key}: ${type}`, heading: true, type: '', required: false }
    })
  })
}

/** A Markdown table of the options. */
export function optionsTable(schema: JsonSchema): string {
  const rows = optionRows(schema).map((row) => {
    const preset = row.required ? '**required**' : showPreset(row)
    const name = row.heading ? `**\`${row.key}\`**` : `\`${row.key}\``
    return `| ${name} | ${inCell(row.type)} | ${inCell(preset)} | ${inCell(row.description)} |`
  })
  return ['| option | type | default | what it does |', '|---|---|---|---|', ...rows].join('\n')
}

function typeOf(option: JsonSchema): string {
  if (option.kind !== undefined) return KINDS[option.kind] ?? option.kind
  if (option.enum !== undefined) return `one of ${option.enum.map((it) => `\`${it}\``).join(', ')}`
  if (option.const !== undefined) return option.const === null ? '' : `\`${option.const}\``
  if (option.properties !== undefined) return 'map'
  const alternatives = option.anyOf ?? option.oneOf
  if (alternatives !== undefined) return [...new Set(alternatives.map(typeOf))].filter(Boolean).join(' or ')
  if (option.type === 'array') return `list of ${typeOf(option.items ?? {})}`
  if (option.type === 'object') return 'map'
  return option.type === 'string' ? 'text' : String(option.type ?? 'any')
}

const KINDS: Readonly<Record<string, string>> = {
  integer: 'number',
  flag: '`true` or `false`',
  url: 'URL',
  file: 'path',
}

function showPreset({ preset, type }: OptionRow): string {
  if (preset === undefined || preset === '' || type === 'map') return ''
  return `\`${typeof preset === 'string' ? preset : JSON.stringify(preset)}\``
}

function inCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ')
}
