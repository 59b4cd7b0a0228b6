/** Reads the options of a connector from their JSON Schema. */
import { z } from 'zod'

interface Schema {
  readonly description?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly additionalProperties?: Schema | boolean
}

export function schemaOf(config: z.ZodType): Schema {
  return z.toJSONSchema(config, { io: 'input', unrepresentable: 'any' }) as Schema
}

/** Paths of the options without a description, including nested ones. */
export function undescribed(schema: Schema, path = ''): string[] {
  const { properties = {}, items, anyOf = [], oneOf = [], additionalProperties } = schema
  const own = Object.entries(properties).flatMap(([key, option]) => {
    const missing = option.description === undefined ? [`${path}${key}`] : []
    return [...missing, ...undescribed(option, `${path}${key}.`)]
  })
  const values = typeof additionalProperties === 'object' ? [additionalProperties] : []
  const inner = [...(items ? [items] : []), ...anyOf, ...oneOf, ...values]
  return [...own, ...inner.flatMap((it) => undescribed(it, path))]
}
