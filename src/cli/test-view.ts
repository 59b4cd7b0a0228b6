/** Results of tests of rules for people. Pure. */
import { counted } from '../lib/counted.ts'
import { unbroken } from '../lib/printable.ts'
import type { TestResult } from '../rule-tests/run.ts'

export function renderResults(results: readonly TestResult[]): string[] {
  const files = Map.groupBy(results, ({ file }) => file)
  const failed = results.filter(({ ok }) => !ok).length
  return [
    ...[...files].flatMap(([file, tests]) => [file, ...tests.flatMap(renderResult), '']),
    `${counted(results.length, 'test')}: ${results.length - failed} passed, ${failed} failed`,
  ]
}

function renderResult({ ok, name, failures }: TestResult): string[] {
  return [
    `  ${ok ? 'ok  ' : 'FAIL'} ${unbroken(name)}`,
    ...failures.flatMap(({ sink, path, expected, actual }) => [
      `       ${unbroken(path === '' ? sink : `${sink}: ${path}`)}`,
      `         expected ${unbroken(expected)}`,
      `         actual   ${unbroken(actual)}`,
    ]),
  ]
}
