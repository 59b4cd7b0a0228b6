import type { z } from 'zod'
import { findingsOf, UNKNOWN, wordIssue } from '../config/issues.ts'
import { RequestError } from './route.ts'

/** The value as the schema has it. Throws RequestError 400 that names every problem. */
export function checked<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value, { error: wordProblem })
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

/** What a request calls otherwise than a file of options does. */
const WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  int: 'a whole number',
  object: 'a JSON object',
  record: 'a JSON object',
}

function wordProblem(issue: z.core.$ZodRawIssue): string {
  if (issue.code !== 'invalid_type') return wordIssue(issue)
  if (issue.input === undefined) return 'is missing'
  const word = WORDS[issue.expected]
  return word === undefined ? wordIssue(issue) : `expected ${word}`
}
