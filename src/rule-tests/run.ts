/** Runs the tests of one file against its configuration. */
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Config } from '../config/config.ts'
import { describeFileError } from '../config/read-text.ts'
import { nearest } from '../config/suggest.ts'
import { keyOffsetOf, offsetOf, type Path } from '../config/tree.ts'
import { messageOf } from '../errors.ts'
import type { AuditEvent } from '../event.ts'
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

/** Of a record that gives no time: any, but always the same. */
const TIMESTAMP = Date.parse('2026-01-01T00:00:00Z') / 1000

/** Undefined after errors of the file were added to its problems: then no test of it was run. */
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
  const event = eventOf(it, config, test, path)
  if (event === undefined) return undefined
  return () => {
    const failures = Object.entries(test.expect).flatMap(([sink, expected]) => {
      const found = config.sinks[sink]
      if (found === undefined) return []
      return differencesOf(expectationOf(expected), outcomeAt(found, event)).map((one) => ({ sink, ...one }))
    })
    return { file: it.file, name: test.name, ok: failures.length === 0, failures }
  }
}

function eventOf(it: TestFile, config: Config, test: RuleTest, path: Path): AuditEvent | undefined {
  const fail = (key: string, message: string) => {
    it.problems.error(offsetOf(it.root, [...path, key]), [...path, key], message)
    return undefined
  }
  if ((test.event === undefined) === (test.event_file === undefined)) {
    return fail('name', 'a test needs either event or event_file')
  }
  const source = test.source === undefined ? Object.values(config.sources)[0] : config.sources[test.source]
  if (source === undefined) return fail('source', 'the configuration has no such source')
  const context = { origin: originOf(source), observedAt: TIMESTAMP * 1000 }
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
