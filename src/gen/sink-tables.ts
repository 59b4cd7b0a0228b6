/** Tables about all sinks: what each one is, for the README, and their defaults, for docs/configuration.md. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { parse } from 'yaml'
import { z } from 'zod'
import { fieldsOf } from '../config/shape.ts'
import type { SinkDefinition } from '../connector.ts'
import type { FormatName } from '../formats/format.ts'
import { FORMAT_NAMES, JSON_FORMAT_NAMES } from '../formats/formats.ts'

export function sinksTable(sinks: Iterable<SinkDefinition>): string {
  const rows = Array.from(sinks, ({ type, title, summary, formats }) => {
    const page = `connectors/sinks/${type}/README.md`
    return `| [\`${type}\`](${page}) | ${title} | ${summary} | ${formatsCell(formats, page)} |`
  })
  return [
    '| type | name | what it is | formats, the default first |',
    '|---|---|---|---|',
    ...rows,
    '',
    'The [formats](docs/formats/README.md) behind *all* are',
    `${codes(FORMAT_NAMES)};`,
    `those behind *JSON* are ${codes(JSON_FORMAT_NAMES)}.`,
  ].join('\n')
}

/** Most sinks accept one of two lists of formats, both with `native` as the default. */
function formatsCell(formats: readonly FormatName[], page: string): string {
  if (isDeepStrictEqual(formats, FORMAT_NAMES)) return '*all*'
  if (isDeepStrictEqual(formats, JSON_FORMAT_NAMES)) return '*JSON*'
  if (formats.length <= 2) return codes(formats)
  return `${codes(formats.slice(0, 1))}, [${formats.length - 1} more](${page})`
}

function codes(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ')
}

export function defaultsTable(root: string, sinks: Iterable<SinkDefinition>): string {
  const rows = Array.from(sinks, (definition) => {
    const { maxEvents, maxBytes, maxAgeMs, inFlight, timeoutMs } = defaultsOf(root, definition)
    const cells = [count(maxEvents), mebibytes(maxBytes), duration(maxAgeMs), inFlight, duration(timeoutMs)]
    return `| \`${definition.type}\` | ${cells.join(' | ')} |`
  })
  return [
    '| sink | `max_events` | `max_bytes` | `max_age` | `in_flight` | `timeout` |',
    '|---|---|---|---|---|---|',
    ...rows,
  ].join('\n')
}

/**
 * Limits may depend on options: here each option has its default, and one without a default is set as in the sink's
 * example. Secrets in the example are variables and may not be valid, but no limit depends on one.
 */
function defaultsOf(root: string, { type, config, limits }: SinkDefinition) {
  const { sinks } = parse(readFileSync(join(root, 'connectors/sinks', type, 'example.yaml'), 'utf8'))
  const [example] = Object.values<Record<string, unknown>>(sinks)
  const options = Object.entries(fieldsOf(config)).map(([key, field]) => {
    const preset = z.safeParse(field, undefined)
    return [key, preset.success ? preset.data : z.safeParse(field, example?.[key]).data] as const
  })
  return limits(Object.fromEntries(options)).defaults
}

function count(events: number): string {
  return events.toLocaleString('en')
}

function mebibytes(bytes: number): string {
  return `${Number((bytes / 2 ** 20).toFixed(2))} MiB`
}

function duration(ms: number): string {
  return ms % 60_000 === 0 ? `${ms / 60_000}m` : `${ms / 1000}s`
}
