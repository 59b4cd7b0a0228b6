/** zod's issues in the words of this program. Nothing here repeats a value of the file. */
import type { z } from 'zod'
import { nearest } from './suggest.ts'

interface Finding {
  readonly path: readonly (string | number)[]
  readonly message: string
  readonly suggestion: string
  /** Unknown keys are pointed at themselves, everything else at the value. */
  readonly pointsAtKey: boolean
}

/** Stands where an alternative has no message of its own. */
const UNION = 'expected another kind of value'

export const UNKNOWN = 'unknown option'

/** zod calls this for each issue whose schema has no message of its own. */
export function wordIssue(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${TYPE_WORDS[issue.expected] ?? issue.expected}`
    case 'invalid_value':
      return expectOneOf(issue.values)
    case 'too_small':
      return tooSmall(issue.origin, issue.minimum)
    case 'too_big':
      return `must be at most ${issue.maximum}${issue.origin === 'string' ? ' characters long' : ''}`
    case 'invalid_union':
      return issue.discriminator === undefined ? UNION : expectOneOf(issue.options as unknown[])
    case 'unrecognized_keys':
      return UNKNOWN
    default:
      return 'is not valid here'
  }
}

/** The same for JSON that is not a configuration: a request, an event. */
export function wordJsonIssue(issue: z.core.$ZodRawIssue): string {
  if (issue.code !== 'invalid_type') return wordIssue(issue)
  if (issue.input === undefined) return 'is missing'
  const word = JSON_WORDS[issue.expected]
  return word === undefined ? wordIssue(issue) : `expected ${word}`
}

const JSON_WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  int: 'a whole number',
  object: 'a JSON object',
  record: 'a JSON object',
}

/** One finding for each thing to mend. `valueAt` and `knownKeys` serve the suggestions. */
export function findingsOf(
  issues: readonly z.core.$ZodIssue[],
  valueAt: (path: Finding['path']) => unknown,
  knownKeys: (path: Finding['path']) => readonly string[],
): Finding[] {
  const mistyped = new Set(issues.filter((it) => it.code === 'invalid_type').map(placeOf))
  return issues.flatMap((issue): Finding[] => {
    // Of an empty list where a text is expected, zod also says that it is too short.
    if (issue.code !== 'invalid_type' && mistyped.has(placeOf(issue))) return []
    const path = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step))
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        path: [...path, key],
        message: UNKNOWN,
        suggestion: nearest(key, knownKeys(path)),
        pointsAtKey: true,
      }))
    }
    if (issue.code === 'invalid_union' && issue.message === UNION) {
      const nested = likeliest(issue.errors).map((it) => ({ ...it, path: [...issue.path, ...it.path] }))
      return findingsOf(nested, valueAt, knownKeys)
    }
    if (issue.code === 'invalid_key') {
      return [{ path, message: issue.issues[0]?.message ?? issue.message, suggestion: '', pointsAtKey: true }]
    }
    const suggestion = suggestOption(issue, valueAt(path))
    return [{ path, message: issue.message, suggestion, pointsAtKey: false }]
  })
}

function placeOf({ path }: z.core.$ZodIssue): string {
  return JSON.stringify(path.map(String))
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'text (put it in quotes)',
  number: 'a number',
  boolean: 'true or false',
  object: 'a map of options',
  record: 'a map',
  array: 'a list',
}

function expectOneOf(options: readonly unknown[] | undefined): string {
  if (options?.length === 1) return `expected ${String(options[0])}`
  return `expected one of ${options?.map(String).join(', ')}`
}

function tooSmall(origin: string, minimum: number | bigint): string {
  if (origin === 'string' && minimum > 1) return `must be at least ${minimum} characters long`
  if (origin === 'string' || origin === 'array') return 'is empty'
  return `must be at least ${minimum}`
}

/** The alternative that was meant: the one that got furthest; else one message that names them all. */
function likeliest(alternatives: readonly z.core.$ZodIssue[][]): z.core.$ZodIssue[] {
  const deep = alternatives.filter((issues) =>
    issues.every((it) => it.path.length > 0 || it.code === 'custom'),
  )
  const [furthest] = deep.toSorted((a, b) => a.length - b.length)
  if (furthest !== undefined) return furthest
  const [first] = alternatives.flat()
  if (first === undefined) return []
  const expected = alternatives.flat().flatMap((it) => /^expected (.*)$/.exec(it.message)?.[1] ?? [])
  const message = `expected ${[...new Set(expected)].join(', or ')}`
  return [expected.length > 1 ? { ...first, message } : first]
}

function suggestOption(issue: z.core.$ZodIssue, value: unknown): string {
  // YAML takes a version without quotes for a number.
  if (typeof value !== 'string' && typeof value !== 'number') return ''
  const word = String(value)
  if (issue.code === 'invalid_value') return nearest(word, issue.values.map(String))
  if (issue.code !== 'invalid_union' || !('options' in issue)) return ''
  return nearest(word, (issue.options ?? []).map(String))
}
