/** Which files are generated, and what they should hold. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { z } from 'zod'
import { optionsTable } from '../config/describe.ts'
import { configJsonSchema, inputSchema } from '../config/json-schema.ts'
import { fieldsOf } from '../config/shape.ts'
import { sinkOptions } from '../config/sink-options.ts'
import { sourceOptions } from '../config/source-options.ts'
import { OperationError } from '../errors.ts'
import type { FormatName } from '../formats/format.ts'
import { FORMAT_NAMES, JSON_FORMAT_NAMES } from '../formats/formats.ts'
import type { Registry } from '../registry.ts'
import { importConnectors, type Kind, renderConnectors } from './connectors.ts'
import { defaultYaml } from './default-yaml.ts'
import { replaceMarked } from './marked.ts'
import { savedSearches } from './saved-searches.ts'
import { splunkLookup } from './splunk-lookup.ts'

const ADD_ON = 'deploy/splunk/TA-auditferry'

export interface GeneratedFile {
  /** Relative to the repository. */
  readonly path: string
  readonly content: string
}

export async function planFiles(root: string): Promise<GeneratedFile[]> {
  const registry = await importConnectors(root)
  return [
    { path: 'src/connectors.gen.ts', content: renderConnectors(root) },
    { path: 'config/schema.json', content: `${JSON.stringify(configJsonSchema(registry), null, 2)}\n` },
    { path: 'config/default.yaml', content: defaultYaml(registry) },
    ...marked(root, 'README.md', 'sinks', sinksTable(registry)),
    ...optionsTables(root, 'sources', registry.sources, sourceOptions),
    ...optionsTables(root, 'sinks', registry.sinks, sinkOptions(['native'])),
    { path: `${ADD_ON}/lookups/pulumi_events.csv`, content: splunkLookup() },
    { path: `${ADD_ON}/default/savedsearches.conf`, content: savedSearches(root) },
  ]
}

interface Connector {
  readonly type: string
  readonly config: z.ZodType
}

function optionsTables(
  root: string,
  kind: Kind,
  definitions: ReadonlyMap<string, Connector>,
  common: z.ZodType,
): GeneratedFile[] {
  return [...definitions.values()].flatMap(({ type, config }) => {
    const [doubled] = Object.keys(fieldsOf(config)).filter(
      (key) => key === 'type' || Object.hasOwn(fieldsOf(common), key),
    )
    if (doubled !== undefined) {
      throw new OperationError(
        `connectors/${kind}/${type} declares ${doubled}, which all ${kind} have already`,
      )
    }
    const table = optionsTable(inputSchema(config))
    return marked(root, `connectors/${kind}/${type}/README.md`, 'options', table)
  })
}

function sinksTable({ sinks }: Registry): string {
  const rows = [...sinks.values()].map(({ type, title, summary, formats }) => {
    return `| [\`${type}\`](connectors/sinks/${type}/README.md) | ${title} | ${summary} | ${formatsCell(formats)} |`
  })
  return [
    '| type | name | what it is | formats, the default first |',
    '|---|---|---|---|',
    ...rows,
    '',
    `*all*: ${codes(FORMAT_NAMES)}; *JSON*: ${codes(JSON_FORMAT_NAMES)} ([docs/formats](docs/formats/README.md)).`,
  ].join('\n')
}

/** Most sinks take one of two lists, of which `native` is the default. */
function formatsCell(formats: readonly FormatName[]): string {
  if (isDeepStrictEqual(formats, FORMAT_NAMES)) return '*all*'
  if (isDeepStrictEqual(formats, JSON_FORMAT_NAMES)) return '*JSON*'
  return codes(formats)
}

function codes(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ')
}

/** Nothing if the document is not there. */
function marked(root: string, path: string, name: string, content: string): GeneratedFile[] {
  const file = join(root, path)
  if (!existsSync(file)) return []
  return [{ path, content: replaceMarked(readFileSync(file, 'utf8'), name, content) }]
}
