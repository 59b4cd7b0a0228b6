import type { z } from 'zod'
import { RequestError } from './route.ts'

/** The value as the schema has it. Throws RequestError 400 that names every problem. */
export function checked<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const problems = result.error.issues.map(({ path, message }) => [...path.map(String), message].join(': '))
  throw new RequestError(400, problems.join('; '))
}
