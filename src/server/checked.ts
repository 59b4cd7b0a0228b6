import type { z } from 'zod'
import { findingsOf, UNKNOWN, wordJsonIssue } from '../lib/zod-issues.ts'
import { RequestError } from './route.ts'

/** The value, parsed by the schema. Throws RequestError 400 that names every problem. */
export function checked<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value, { error: wordJsonIssue })
  if (result.success) return result.data
  const findings = findingsOf(
    result.error.issues,
    () => undefined,
    () => [],
  )
  const problems = findings.map(({ path, message }) =>
    [...path, message === UNKNOWN ? 'is not known' : message].join(': '),
  )
  throw new RequestError(400, problems.join('; '))
}
