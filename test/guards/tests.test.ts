/** A test that cannot fail proves nothing: each file asserts, none is switched off, and a condition says its reason. */
import { globSync } from 'node:fs'
import { expect, it } from 'vitest'
import config from '../../vitest.config.ts'
import { type File, repositoryFiles } from './repository.ts'

/** An assertion of its own, or a suite that asserts for it. */
const ASSERTION =
  /\bexpect(\.\w+)?\(|\bassert(\.\w+)?\(|\b(describe|test|run)\w*(Sink|Source|Store|Archive|Suite|Conformance)\w*\(/
const FOCUSED = /\b(it|test|describe)\.only\b/
const SKIPPED = /\b(it|test|describe)(\.\w+(\(.*\))?)*\.(skip|todo|fails)\b|\bx(it|describe)\(/

it('keeps every test able to fail', () => {
  const files = repositoryFiles(/\.test\.ts$/).filter(({ path }) => path !== 'test/guards/tests.test.ts')
  expect(files.length).toBeGreaterThan(8)
  expect(files.flatMap(problems)).toEqual([])
})

it('sets what a test may take in its own file or for all', () => {
  // A module that test files share is loaded once in a worker: what it sets at its load, the second file does not get.
  const shared = repositoryFiles(/^(test|connectors|src)\/.*(?<!\.test)\.ts$/)
  expect(shared.length).toBeGreaterThan(100)
  expect(shared.filter(({ text }) => text.includes('vi.setConfig(')).map(({ path }) => path)).toEqual([])
})

it('lists only tests that are there', () => {
  const projects = (config.test?.projects ?? []) as { test: { name: string; include: string[] } }[]
  const listed = projects.filter(({ test }) => test.name !== 'shared').flatMap(({ test }) => test.include)
  expect(listed.length).toBeGreaterThan(5)
  expect(listed.filter((glob) => globSync(glob).length === 0)).toEqual([])
})

it.each([
  ["it('runs', () => { run() })", 'asserts nothing'],
  ["it.only('a', () => { expect(1).toBe(1) })", 'focuses'],
  ["it.skip('a', () => { expect(1).toBe(1) })", 'switches off'],
  ["describe.each([1]).skip('a', () => { expect(1).toBe(1) })", 'switches off'],
  ["it.skipIf(isRoot)('a', () => { expect(1).toBe(1) })", 'says no reason'],
])('notices %s', (text, expected) => {
  expect(problems({ path: 'test/a.test.ts', text })).toEqual([expect.stringContaining(expected)])
})

it('accepts a case that says on which machine it means something', () => {
  const above = "// Root may write everywhere.\nit.skipIf(isRoot)('a', () => { expect(1).toBe(1) })"
  const inTitle = "it.skipIf(isRoot)('a (not for root)', () => { expect(1).toBe(1) })"
  expect([above, inTitle].flatMap((text) => problems({ path: 'test/a.test.ts', text }))).toEqual([])
})

function problems({ path, text }: File): string[] {
  const found: string[] = []
  if (!ASSERTION.test(text)) found.push('asserts nothing')
  if (FOCUSED.test(text)) found.push('focuses on one test')
  if (SKIPPED.test(text)) found.push('switches off a test')
  const lines = text.split('\n')
  for (const [index, line] of lines.entries()) {
    const explained = /^\s*(\/\/|\*)/.test(lines[index - 1] ?? '') || /\((not|only) .*\)'/.test(line)
    if (/\.(skipIf|runIf)\(/.test(line) && !explained)
      found.push(`says no reason for a condition in line ${index + 1}`)
  }
  return found.map((what) => `${path} ${what}`)
}
