/** The configuration as JSON Schema (draft-07, the best supported one in editors), made from the zod schemas. */
import { z } from 'zod'
import { FORMAT_NAMES } from '../formats/formats.ts'
import type { Registry } from '../registry.ts'
import { PACKAGE_TYPE } from '../sink-package/load.ts'
import { logOptions, serverOptions, shutdownTimeout, stateOptions } from './schema.ts'
import { sinkOptions } from './sink-options.ts'
import { sourceOptions } from './source-options.ts'

export interface JsonSchema {
  $schema?: string
  $id?: string
  title?: string
  description?: string
  type?: string | string[]
  kind?: string
  default?: unknown
  enum?: unknown[]
  const?: unknown
  pattern?: string
  minLength?: number
  minimum?: number
  maximum?: number
  minItems?: number
  minProperties?: number
  properties?: Record<string, JsonSchema>
  required?: string[]
  additionalProperties?: boolean | JsonSchema
  propertyNames?: JsonSchema
  items?: JsonSchema
  anyOf?: JsonSchema[]
  oneOf?: JsonSchema[]
}

/** The whole file, for editors. */
export function configJsonSchema(registry: Registry): JsonSchema {
  const part = (schema: z.ZodType) => orNothing(forEditors(inputSchema(schema)))
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'auditferry',
    type: 'object',
    required: ['sources', 'sinks'],
    additionalProperties: false,
    properties: {
      sources: componentsSchema(
        'Where events come from, by an id of your choice.',
        [...registry.sources.values()].map((it) => componentSchema(it, sourceOptions)),
      ),
      sinks: componentsSchema('Where events go, by an id of your choice.', [
        ...[...registry.sinks.values()].map((it) => componentSchema(it, sinkOptions(it.formats))),
        packageSchema(),
      ]),
      state: { ...part(stateOptions), description: 'Where checkpoints, ledger and spool are kept.' },
      server: { ...part(serverOptions), description: 'The HTTP server of the service itself.' },
      log: { ...part(logOptions), description: 'The service’s own log.' },
      shutdown_timeout: part(shutdownTimeout),
    },
  }
}

/** What an operator may write for a zod schema, defaults included. Still holds the `kind` of options. */
export function inputSchema(schema: z.ZodType): JsonSchema {
  const generated = z.toJSONSchema(schema, {
    io: 'input',
    target: 'draft-07',
    unrepresentable: () => ({ const: null }),
    override({ zodSchema, jsonSchema }) {
      const { def } = zodSchema._zod
      // zod leaves the default out where a transform follows; ours are the same before and after it.
      if (def.type === 'default') jsonSchema.default = def.defaultValue as never
      // Of classes such as \p{L} the expressions of other languages know nothing: their validators refuse the whole schema.
      if (jsonSchema.pattern?.includes('\\p{')) delete jsonSchema.pattern
    },
  })
  delete generated.$schema
  return generated as JsonSchema
}

interface Described {
  readonly type: string
  readonly title: string
  readonly summary: string
  readonly config: z.ZodType
}

function componentsSchema(description: string, components: readonly JsonSchema[]): JsonSchema {
  return {
    description,
    type: 'object',
    minProperties: 1,
    propertyNames: { pattern: '^[A-Za-z0-9_-]{1,64}$' },
    additionalProperties: { anyOf: components.map(forEditors) },
  }
}

function componentSchema(definition: Described, common: z.ZodType): JsonSchema {
  const own = inputSchema(definition.config)
  const shared = inputSchema(common)
  return {
    title: definition.title,
    description: definition.summary,
    type: 'object',
    required: ['type', ...(own.required ?? []), ...(shared.required ?? [])],
    properties: { type: { const: definition.type }, ...own.properties, ...shared.properties },
    additionalProperties: false,
  }
}

/** A sink from a package has options that nobody knows here. */
function packageSchema(): JsonSchema {
  const shared = inputSchema(sinkOptions(FORMAT_NAMES))
  return {
    title: 'A package',
    description: 'A sink from a package, `npm:NAME`.',
    type: 'object',
    required: ['type'],
    properties: { type: { type: 'string', pattern: PACKAGE_TYPE.source }, ...shared.properties },
  }
}

/** Anywhere but in a map or a list a `${…}` may stand instead; an optional option may be left without a value. */
function forEditors(schema: JsonSchema): JsonSchema {
  const { kind: _, ...rest } = schema
  if (rest.properties !== undefined) {
    const properties = Object.entries(rest.properties).map(([key, option]) => {
      const required = rest.required?.includes(key) ?? false
      return [key, required ? forEditors(option) : orNothing(forEditors(option))] as const
    })
    return { ...rest, properties: Object.fromEntries(properties) }
  }
  if (rest.items !== undefined) return { ...rest, items: forEditors(rest.items) }
  if (typeof rest.additionalProperties === 'object') {
    return { ...rest, additionalProperties: forEditors(rest.additionalProperties) }
  }
  if (rest.oneOf !== undefined) return { ...rest, oneOf: rest.oneOf.map(forEditors) }
  return orPlaceholder(rest)
}

const PLACEHOLDER: JsonSchema = { type: 'string', pattern: String.raw`\$\{` }

function orPlaceholder(schema: JsonSchema): JsonSchema {
  const { description, default: preset, minimum, maximum, ...rest } = schema
  const alternatives = alternativesOf(rest).map((it) => (it.items || it.properties ? forEditors(it) : it))
  const free = alternatives.some(
    (it) => it.type === 'string' && it.enum === undefined && it.pattern === undefined,
  )
  const anyOf = free || rest.const !== undefined ? alternatives : [...alternatives, PLACEHOLDER]
  const [only] = anyOf
  return {
    ...(description !== undefined && { description }),
    ...(preset !== undefined && { default: preset }),
    ...(minimum !== undefined && { minimum }),
    ...(maximum !== undefined && { maximum }),
    ...(anyOf.length === 1 ? only : { anyOf }),
  }
}

function alternativesOf({ anyOf, kind: _, ...rest }: JsonSchema): JsonSchema[] {
  if (anyOf === undefined) return Object.keys(rest).length === 0 ? [{}] : [rest]
  return anyOf.flatMap(alternativesOf).filter((it) => it.const !== null)
}

function orNothing(schema: JsonSchema): JsonSchema {
  const option = schema.default === undefined ? orEmpty(schema) : schema
  if (option.anyOf !== undefined) return { ...option, anyOf: [...option.anyOf, { type: 'null' }] }
  if (option.oneOf !== undefined) return { ...option, oneOf: [...option.oneOf, { type: 'null' }] }
  if (option.enum !== undefined) return { ...option, enum: [...option.enum, null] }
  return typeof option.type === 'string' ? { ...option, type: [option.type, 'null'] } : option
}

/** As prepare.ts has it: an empty text counts as left out where nothing else would stand instead. */
function orEmpty({ minLength: _, ...schema }: JsonSchema): JsonSchema {
  if (schema.anyOf !== undefined) return { ...schema, anyOf: schema.anyOf.map(orEmpty) }
  return schema.pattern === PLACEHOLDER.pattern ? { ...schema, pattern: `^$|${PLACEHOLDER.pattern}` } : schema
}
