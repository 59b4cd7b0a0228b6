/** How a sink's outcome differs from what was expected, one short item for each difference. Pure. */
import { hasMembers, memberAt, memberOf } from '../lib/members.ts'
import type { Actual } from './outcome-at.ts'
import type { Expectation } from './test-file.ts'

export interface Difference {
  /** Where it differs: `outcome`, `rule`, or a path in what is sent; empty for all of it. */
  readonly path: string
  /** As JSON; `absent` without quotes means that nothing is there. */
  readonly expected: string
  readonly actual: string
}

export function differencesOf(expected: Expectation, actual: Actual): Difference[] {
  if (expected.outcome !== actual.outcome) {
    const detail = actual.rule ?? actual.reason
    const shown = detail === undefined ? actual.outcome : `${actual.outcome} (${detail})`
    return [{ path: 'outcome', expected: expected.outcome, actual: shown }]
  }
  const found: Difference[] = []
  if (expected.rule !== undefined && expected.rule !== actual.rule) {
    found.push({ path: 'rule', expected: show(expected.rule), actual: show(actual.rule) })
  }
  if (expected.reason !== undefined && !actual.reason?.includes(expected.reason)) {
    found.push({ path: 'reason', expected: `…${expected.reason}…`, actual: show(actual.reason) })
  }
  if (actual.outcome !== 'delivered') return found
  const sent = actual.payload ?? ''
  const document = actual.isJson ? (JSON.parse(sent) as unknown) : undefined
  if (expected.payload !== undefined) found.push(...compareWhole(expected.payload, sent, document))
  if (document === undefined) return [...found, ...compareLine(expected, sent)]
  if (expected.contains !== undefined) compareNode(expected.contains, document, [], false, found)
  for (const path of expected.absent ?? []) {
    const value = memberAt(document, path.split('.'))
    if (value !== undefined) found.push({ path, expected: ABSENT, actual: show(value) })
  }
  return found
}

const ABSENT = 'absent'

function compareWhole(expected: unknown, sent: string, document: unknown): Difference[] {
  if (typeof expected === 'string' || document === undefined) {
    return expected === sent ? [] : [{ path: '', expected: show(expected), actual: show(sent) }]
  }
  const found: Difference[] = []
  compareNode(expected, document, [], true, found)
  return found
}

/** For a line that is not JSON: `contains` and `absent` are texts in it. */
function compareLine({ contains, absent = [] }: Expectation, sent: string): Difference[] {
  const given: readonly unknown[] =
    contains === undefined ? [] : Array.isArray(contains) ? contains : [contains]
  const texts = given.map((it) => (typeof it === 'string' ? it : show(it)))
  return [
    ...texts
      .filter((text) => !sent.includes(text))
      .map((text) => ({ path: '', expected: `…${text}…`, actual: show(sent) })),
    ...absent
      .filter((text) => sent.includes(text))
      .map((text) => ({ path: '', expected: `no …${text}…`, actual: show(sent) })),
  ]
}

/** `whole`: unexpected members count as differences too. Lists are always compared as a whole. */
function compareNode(
  expected: unknown,
  actual: unknown,
  path: readonly string[],
  whole: boolean,
  found: Difference[],
): void {
  const differ = () => found.push({ path: path.join('.'), expected: show(expected), actual: show(actual) })
  if (!hasMembers(expected) || !hasMembers(actual)) {
    if (!Object.is(expected, actual)) differ()
    return
  }
  if (Array.isArray(expected) !== Array.isArray(actual)) {
    differ()
    return
  }
  const isList = Array.isArray(expected)
  const keys = new Set([...Object.keys(expected), ...(whole || isList ? Object.keys(actual) : [])])
  for (const key of keys) {
    const [left, right] = [memberOf(expected, key), memberOf(actual, key)]
    compareNode(left, right, [...path, key], whole || isList, found)
  }
}

function show(value: unknown): string {
  return value === undefined ? ABSENT : JSON.stringify(value)
}
