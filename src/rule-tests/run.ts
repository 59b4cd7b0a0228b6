/** Runs the tests of one file against its configuration. */
import { hash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Config } from '../config/config.ts'
import { errorAt } from '../config/section.ts'
import { keyOffsetOf, type Path } from '../config/tree.ts'
import { describeFileError, messageOf } from '../errors.ts'
import type { AuditEvent } from '../event.ts'
import { nearest } from '../lib/suggest.ts'
import { originOf, parseEvent, readEvent } from '../normalise/read-event.ts'
import { type Difference, differencesOf } from './difference.ts'
import { outcomeAt } from './outcome-at.ts'
import { expectationOf, type RuleTest, type TestFile } from './test-file.ts'

export interface TestResult {
  readonly file: string
  readonly name: string
  readonly ok: boolean
  readonly failures: readonly (Difference & { readonly sink: string })[]
}

/** For a record without a time: an arbitrary one, but always the same. */
const TIMESTAMP = Date.parse('2026-01-01T00:00:00Z') / 1000

/** Undefined if the file has errors, which are added to its problems: then none of its tests was run. */
export function runTests(it: TestFile, config: Config): TestResult[] | undefined {
  const runs = it.tests.map((test, at) => prepareTest(it, config, test, ['tests', at]))
  if (it.problems.count > 0) return undefined
  return runs.flatMap((run) => (run === undefined ? [] : [run()]))
}

function prepareTest(
  it: TestFile,
  config: Config,
  test: RuleTest,
  path: Path,
): (() => TestResult) | undefined {
  for (const sink of Object.keys(test.expect)) {
    if (config.sinks[sink] !== undefined) continue
    const place = [...path, 'expect', sink]
    const near = nearest(sink, Object.keys(config.sinks))
    it.problems.error(keyOffsetOf(it.root, place), place, 'the configuration has no such sink', near)
  }
  const context = contextOf(config, test)
  const event = eventOf(it, context, test, path)
  if (event === undefined || context === undefined) return undefined
  const before = eventsBefore(it, context, test, path, event)
  return () => {
    const failures = Object.entries(test.expect).flatMap(([sink, expected]) => {
      const found = config.sinks[sink]
      if (found === undefined) return []
      return differencesOf(expectationOf(expected), outcomeAt(found, event, before)).map((one) => ({
        sink,
        ...one,
      }))
    })
    return { file: it.file, name: test.name, ok: failures.length === 0, failures }
  }
}

/** Each is a different event from the tested one, even if it is written the same. */
function eventsBefore(
  it: TestFile,
  context: Context,
  { after }: RuleTest,
  path: Path,
  { uid }: AuditEvent,
): AuditEvent[] {
  return after.flatMap((written, at) => {
    try {
      const event = readEvent({ timestamp: TIMESTAMP, ...written }, context)
      return event.uid === uid ? { ...event, uid: hash('sha256', `${uid} ${at}`) } : event
    } catch (thrown) {
      errorAt(it, [...path, 'after', at], messageOf(thrown))
      return []
    }
  })
}

type Context = Parameters<typeof readEvent>[1]

/** The source of the test's record; undefined when there is no such source. */
function contextOf({ sources }: Config, { source }: RuleTest): Context | undefined {
  const found = source === undefined ? Object.values(sources)[0] : sources[source]
  return found && { origin: originOf(found), observedAt: TIMESTAMP * 1000 }
}

function eventOf(
  it: TestFile,
  context: Context | undefined,
  test: RuleTest,
  path: Path,
): AuditEvent | undefined {
  const fail = (key: string, message: string) => {
    errorAt(it, [...path, key], message)
    return undefined
  }
  if ((test.event === undefined) === (test.event_file === undefined)) {
    return fail('name', 'a test needs either event or event_file')
  }
  if (context === undefined) return fail('source', 'the configuration has no such source')
  if (test.event_file === undefined) {
    try {
      return readEvent({ timestamp: TIMESTAMP, ...test.event }, context)
    } catch (thrown) {
      return fail('event', messageOf(thrown))
    }
  }
  try {
    return parseEvent(readFileSync(resolve(dirname(it.file), test.event_file), 'utf8'), context)
  } catch (thrown) {
    return fail('event_file', describeFileError(thrown))
  }
}
