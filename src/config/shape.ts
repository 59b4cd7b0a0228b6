/** Reads what a zod schema says about the options it describes, through its wrappers. */
import type { z } from 'zod'
import type { OptionKind } from '../lib/options.ts'

export type Schema = z.core.$ZodType

/** The input side of a schema without optional, default, transform and union around it. */
interface Branch {
  readonly schema: z.core.$ZodTypes
  readonly kind: OptionKind | undefined
}

/** Every alternative that the schema takes as input. */
function branchesOf(schema: Schema, kind?: OptionKind): Branch[] {
  const known = kind ?? kindOfMeta(schema)
  const it = schema as z.core.$ZodTypes
  switch (it._zod.def.type) {
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'readonly':
    case 'nonoptional':
    case 'catch':
      return branchesOf(it._zod.def.innerType, known)
    case 'pipe': {
      const { in: input, out } = it._zod.def
      return branchesOf((input as z.core.$ZodTypes)._zod.def.type === 'transform' ? out : input, known)
    }
    case 'union':
      return it._zod.def.options.flatMap((option) => branchesOf(option, known))
    default:
      return [{ schema: it, kind: known }]
  }
}

/** The option's kind, if one of its alternatives has one. */
export function kindOf(schema: Schema | undefined): OptionKind | undefined {
  return schema && branchesOf(schema).find((branch) => branch.kind !== undefined)?.kind
}

/** The options of an object schema by key; of a union of objects all of them. */
export function fieldsOf(schema: Schema): Readonly<Record<string, Schema>> {
  const shapes = branchesOf(schema).map(({ schema: { _zod } }) =>
    _zod.def.type === 'object' ? _zod.def.shape : {},
  )
  return Object.assign({}, ...shapes)
}

/** The schema of what stands under `step`: an option, an item, a record's value. */
export function childOf(schema: Schema | undefined, step: string | number): Schema | undefined {
  if (schema === undefined) return undefined
  for (const { schema: it } of branchesOf(schema)) {
    const { def } = it._zod
    if (typeof step === 'number' && def.type === 'array') return def.element
    if (typeof step === 'string' && def.type === 'object' && Object.hasOwn(def.shape, step))
      return def.shape[step]
    if (typeof step === 'string' && def.type === 'record') return def.valueType
  }
  return undefined
}

/** True for an option that may be left out and has no default. */
export function isOptional(schema: Schema | undefined): boolean {
  return (schema as z.core.$ZodTypes | undefined)?._zod.def.type === 'optional'
}

/** True for an option of one possible value, such as the `type` of one of several alternatives. */
export function isLiteral(schema: Schema | undefined): boolean {
  return (schema as z.core.$ZodTypes | undefined)?._zod.def.type === 'literal'
}

/** What `.describe()` said, on the schema itself or below its wrappers. */
export function descriptionOf(schema: Schema | undefined): string {
  return (schema as z.ZodType | undefined)?.description ?? ''
}

function kindOfMeta(schema: Schema): OptionKind | undefined {
  return (schema as z.ZodType).meta()?.kind as OptionKind | undefined
}
