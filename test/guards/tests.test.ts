/**
 * A test that can't fail proves nothing: each file asserts, none is switched off, and a condition states its reason.
 */
import { globSync } from 'node:fs'
import { expect, it } from 'vitest'
import config from '../../vitest.config.ts'
import { type File, repositoryFiles } from './repository.ts'

/** An assertion of its own, or a suite that asserts for it. */
const ASSERTION =
  /\bexpect(\.\w+)?\(|\bassert(\.\w+)?\(|\b(describe|test|run)\w*(Sink|Source|Store|Archive|Suite|Conformance)\w*\(/
const FOCUSED = /\b(it|test|describe)\.only\b/
/** What a file must not leave behind for others in its process, and how it is restored. */
const GIVEN_BACK = [
  [/\bvi\.stubEnv\(/, /\bvi\.unstubAllEnvs\(/, 'the environment'],
  [/\bvi\.useFakeTimers\(/, /\bvi\.useRealTimers\(/, 'the clock'],
  [/\bvi\.spyOn\(/, /\.mockRestore\(|\bvi\.restoreAllMocks\(/, 'what it spies on'],
] as const
/** If `process.env` is replaced by a plain object, neither programs nor the time zone notice changes any more. */
const ENVIRONMENT =
  /\bprocess\.env(\.\w+|\[[^\]]+\])? = |\bdelete process\.env\b|\bObject\.assign\(process\.env\b/
/** On a busy machine some seconds are soon over; `expect.poll` has the time set in vitest.config.ts. */
const HASTY =
  /\bvi\.wait(For|Until)\((?!.*PATIENCE).*[)]$|\.poll\(.*\{.*\btimeout: [\d_]+\b|\bAbortSignal\.timeout\(\d+_\d{3}\)/m
const SKIPPED = /\b(it|test|describe)(\.\w+(\(.*\))?)*\.(skip|todo|fails)\b|\bx(it|describe)\(/

it('keeps every test able to fail', () => {
  const files = repositoryFiles(/\.test\.ts$/).filter(({ path }) => path !== 'test/guards/tests.test.ts')
  expect(files.length).toBeGreaterThan(8)
  expect(files.flatMap(problems)).toEqual([])
})

it('leaves the process of other files as it was', () => {
  const files = repositoryFiles(/^(test|connectors|src)\/.*\.ts$/)
  expect(files.filter(({ path }) => path !== 'test/guards/tests.test.ts').flatMap(leftovers)).toEqual([])
})

it.each([
  ["process.env.TZ = 'Europe/Berlin'", 'changes process.env by hand'],
  ['process.env = { ...saved }', 'changes process.env by hand'],
  ['delete process.env[name]', 'changes process.env by hand'],
  ['Object.assign(process.env, env)', 'changes process.env by hand'],
  ["vi.stubEnv('TZ', 'Europe/Berlin')", 'does not give back the environment'],
  ["vi.useFakeTimers({ toFake: ['Date'] })", 'does not give back the clock'],
  ["vi.spyOn(console, 'warn').mockReturnValue()", 'does not give back what it spies on'],
  ['await vi.waitFor(() => expect(seen).toBe(1))', 'waits for some seconds'],
  ['await vi.waitUntil(() => seen > 0, { timeout: 10_000 })', 'waits for some seconds'],
  ['await expect.poll(count, { timeout: 3_000 }).toBe(1)', 'waits for some seconds'],
  ['await sink.check?.(AbortSignal.timeout(5_000))', 'waits for some seconds'],
])('notices %s', (text, expected) => {
  expect(leftovers({ path: 'test/a.test.ts', text })).toEqual([`test/a.test.ts ${expected}`])
})

it('sets what a test may take in its own file or for all', () => {
  // A module that test files share is loaded once per worker: what it sets when it is loaded is missing in the second
  // file.
  const shared = repositoryFiles(/^(test|connectors|src)\/.*(?<!\.test)\.ts$/)
  expect(shared.length).toBeGreaterThan(100)
  expect(shared.filter(({ text }) => text.includes('vi.setConfig(')).map(({ path }) => path)).toEqual([])
})

const projects = (config.test?.projects ?? []) as { test: { name: string; include: string[] } }[]

it('puts another module in place of one only where files do not share theirs', () => {
  const apart = projects.filter(({ test }) => test.name === 'apart').flatMap(({ test }) => test.include)
  const others = repositoryFiles(/\.test\.ts$/).filter(({ path }) => !globSync(apart).includes(path))
  expect(others.length).toBeGreaterThan(100)
  expect(others.filter(({ text }) => /^vi\.mock\(/m.test(text)).map(({ path }) => path)).toEqual([])
})

it('lists only tests that are there', () => {
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

function leftovers({ path, text }: File): string[] {
  const kept = GIVEN_BACK.filter(([takes, gives]) => takes.test(text) && !gives.test(text))
  return [
    ...(ENVIRONMENT.test(text) ? ['changes process.env by hand'] : []),
    ...kept.map(([, , what]) => `does not give back ${what}`),
    ...(HASTY.test(text) ? ['waits for some seconds'] : []),
  ].map((what) => `${path} ${what}`)
}

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
