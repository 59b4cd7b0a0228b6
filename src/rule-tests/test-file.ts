/**
 * A file of tests for rules, written alongside a configuration. Reports all of its errors at once, with their places.
 */
import { dirname, resolve } from 'node:path'
import { z } from 'zod'
import { readOrProblems } from '../config/load.ts'
import type { Problems } from '../config/problems.ts'
import { readSection } from '../config/section.ts'
import type { MapTree } from '../config/tree.ts'
import { parseYaml } from '../config/yaml.ts'

const OUTCOMES = ['delivered', 'filtered', 'dead_lettered', 'not_taken'] as const
export type Outcome = (typeof OUTCOMES)[number]

/** The outcomes with which each expectation makes sense. */
const GOES_WITH = {
  rule: ['filtered'],
  reason: ['dead_lettered', 'not_taken'],
  payload: ['delivered'],
  contains: ['delivered'],
  absent: ['delivered'],
} as const satisfies Record<string, readonly Outcome[]>

const detailed = z
  .strictObject({
    outcome: z.enum(OUTCOMES).default('delivered').describe('What becomes of the event at this sink.'),
    rule: z
      .string()
      .optional()
      .describe('The rule that filters it, as the metric names it: where, sample, dedupe_window.'),
    reason: z.string().optional().describe('Text that the reason of the dead letter holds.'),
    payload: z.unknown().optional().describe('All that is sent: a text, or the document of a JSON format.'),
    contains: z
      .unknown()
      .optional()
      .describe('Members that the document holds, or texts that the line holds.'),
    absent: z
      .array(z.string())
      .optional()
      .describe('Paths that the document lacks, or texts that the line lacks.'),
  })
  .check(({ value, issues }) => {
    for (const [member, outcomes] of Object.entries(GOES_WITH)) {
      const given = value[member as keyof typeof GOES_WITH]
      if (given === undefined || (outcomes as readonly Outcome[]).includes(value.outcome)) continue
      const message = `goes with outcome: ${outcomes.join(' or ')}, else it would not be looked at`
      issues.push({ code: 'custom', input: given, path: [member], message })
    }
  })

const testSchema = z.strictObject({
  name: z.string().min(1).describe('What the rules are to do, in a sentence.'),
  event: z.looseObject({}).optional().describe('A native event, or a record of the audit API.'),
  event_file: z.string().optional().describe('The same in a JSON file; relative to this file.'),
  after: z
    .array(z.looseObject({}))
    .default([])
    .describe('Events that came to the sinks before it, the oldest first: what dedupe_window compares with.'),
  source: z.string().optional().describe('Id of the source a record comes from. Default: the first.'),
  expect: z
    .record(z.string(), z.union([z.enum(OUTCOMES), detailed]))
    .refine((expected) => Object.keys(expected).length > 0, 'is empty: name a sink and what it gets')
    .describe('By id of the sink, what becomes of the event there.'),
})

const fileSchema = z.strictObject({
  config: z
    .string()
    .optional()
    .describe('The configuration; relative to this file. Default: as for other commands.'),
  env: z
    .record(z.string(), z.string())
    .default({})
    .describe('Variables for the configuration, above those of the shell.'),
  tests: z.array(testSchema).min(1).describe('The tests.'),
})

export type RuleTest = z.output<typeof testSchema>
export type Expectation = z.output<typeof detailed>

export interface TestFile {
  readonly file: string
  /** Absolute path; if undefined, the configuration that other commands use. */
  readonly config?: string
  readonly env: Readonly<Record<string, string>>
  readonly tests: readonly RuleTest[]
  /** For errors that only show when it is compared with the configuration. */
  readonly problems: Problems
  readonly root: MapTree
}

/** Answers the `problems` if the file can't be read as tests. */
export function readTestFile(file: string): TestFile | Problems {
  const text = readOrProblems(file)
  if (typeof text !== 'string') return text
  const { tree, problems } = parseYaml(file, text, 'tests')
  if (tree === undefined) return problems
  const read = readSection(fileSchema, tree, [], { root: tree, problems, folder: dirname(resolve(file)) })
  if (read === undefined) return problems
  const { config, env, tests } = read
  return {
    file,
    ...(config !== undefined && { config: resolve(dirname(file), config) }),
    env,
    tests,
    problems,
    root: tree,
  }
}

export function isTestFile(it: TestFile | Problems): it is TestFile {
  return 'tests' in it
}

/** `soc: filtered` is short for `soc: { outcome: filtered }`. */
export function expectationOf(expected: RuleTest['expect'][string]): Expectation {
  return typeof expected === 'string' ? { outcome: expected } : expected
}
