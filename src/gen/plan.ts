/** Which files are generated, and what they should hold. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { z } from 'zod'
import { optionsTable } from '../config/describe.ts'
import { configJsonSchema, inputSchema } from '../config/json-schema.ts'
import { fieldsOf } from '../config/shape.ts'
import { sinkOptions } from '../config/sink-options.ts'
import { sourceOptions } from '../config/source-options.ts'
import { OperationError } from '../errors.ts'
import { importConnectors, type Kind, renderConnectors } from './connectors.ts'
import { defaultYaml } from './default-yaml.ts'
import { replaceMarked } from './marked.ts'
import { savedSearches } from './saved-searches.ts'
import { defaultsTable, sinksTable } from './sink-tables.ts'
import { splunkLookup } from './splunk-lookup.ts'

const ADD_ON = 'deploy/splunk/TA-auditferry'

interface GeneratedFile {
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
    ...marked(root, 'README.md', 'sinks', () => sinksTable(registry.sinks.values())),
    ...optionsTables(root, 'sources', registry.sources, sourceOptions),
    ...optionsTables(root, 'sinks', registry.sinks, sinkOptions(['native'])),
    ...marked(root, 'docs/configuration.md', 'defaults', () => defaultsTable(root, registry.sinks.values())),
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
    return marked(root, `connectors/${kind}/${type}/README.md`, 'options', () =>
      optionsTable(inputSchema(config)),
    )
  })
}

/** Empty if there is no such document. */
function marked(root: string, path: string, name: string, content: () => string): GeneratedFile[] {
  const file = join(root, path)
  if (!existsSync(file)) return []
  return [{ path, content: replaceMarked(readFileSync(file, 'utf8'), name, content()) }]
}
