/**
 * Files stay small enough to be read in one go: 200 lines, and never over 300 (blank lines and comments don't count).
 */
import { expect, it } from 'vitest'
import { type File, productFiles } from './repository.ts'

const SOFT = 200
const HARD = 300
const CONNECTOR = 500

/** Files over the soft limit, and why they are better in one piece. */
const WAIVERS: Readonly<Record<string, string>> = {}
/** Connectors over their limit: what they may have instead, and why. */
const LARGE_CONNECTORS: Readonly<Record<string, readonly [number, string]>> = {
  'connectors/sources/pulumi': [
    1100,
    'two versions of the API, and CSV in which no bad row may hide a good one',
  ],
  'connectors/sinks/kafka': [
    663,
    'logins, certificates, and answers of a cluster by partition and by record',
  ],
}

const generated = /\.gen\.ts$|\.d\.ts$/

it('keeps files and connectors small', () => {
  const files = productFiles().filter((file) => !generated.test(file.path))
  expect([...large(files, WAIVERS), ...largeConnectors(files, LARGE_CONNECTORS)]).toEqual([])
})

it('notices a long file, a waiver that is not needed, and what no waiver can excuse', () => {
  const waived = { 'src/b.ts': 'reason', 'src/c.ts': 'reason', 'src/d.ts': 'reason' }
  const files = [file('src/a.ts', 201), file('src/b.ts', 201), file('src/c.ts', 301), file('src/d.ts', 200)]
  expect(large(files, waived)).toEqual([
    'src/a.ts: 201 lines, over 200: split it, or give a reason in WAIVERS',
    'src/c.ts: 301 lines, over 300: split it',
    'src/d.ts: the waiver is not needed any more',
  ])
})

it('adds up a connector', () => {
  const files = [file('connectors/sinks/x/a.ts', 300), file('connectors/sinks/x/b.ts', 201)]
  expect(largeConnectors(files, {})).toEqual(['connectors/sinks/x: 501 lines, over 500'])
  expect(largeConnectors(files, { 'connectors/sinks/x': [501, 'reason'] })).toEqual([])
})

it('counts only lines of code', () => {
  expect(linesOfCode('/** A.\n * B\n */\n\n// C\nconst a = 1 // D\n/* E */\nconst b = 2\n')).toBe(2)
})

function large(files: readonly File[], waivers: Readonly<Record<string, string>>): string[] {
  return files.flatMap(({ path, text }) => {
    const lines = linesOfCode(text)
    if (lines > HARD) return [`${path}: ${lines} lines, over ${HARD}: split it`]
    if (lines > SOFT && !waivers[path]) {
      return [`${path}: ${lines} lines, over ${SOFT}: split it, or give a reason in WAIVERS`]
    }
    return lines <= SOFT && waivers[path] ? [`${path}: the waiver is not needed any more`] : []
  })
}

function largeConnectors(files: readonly File[], waivers: typeof LARGE_CONNECTORS): string[] {
  const sums = new Map<string, number>()
  for (const { path, text } of files) {
    const folder = /^connectors\/[^/]+\/[^/]+/.exec(path)?.[0]
    if (folder !== undefined) sums.set(folder, (sums.get(folder) ?? 0) + linesOfCode(text))
  }
  return [...sums].flatMap(([folder, lines]) => {
    const [limit] = waivers[folder] ?? [CONNECTOR]
    return lines > limit ? [`${folder}: ${lines} lines, over ${limit}`] : []
  })
}

function linesOfCode(text: string): number {
  const code = text.replace(/^\s*\/\*[\s\S]*?\*\//gm, '')
  return code.split('\n').filter((line) => line.trim() !== '' && !/^\s*\/\//.test(line)).length
}

function file(path: string, lines: number): File {
  return { path, text: 'code()\n'.repeat(lines) }
}
