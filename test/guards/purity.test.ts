/** The encoding halves do no I/O and read no clock: the same input gives the same bytes, on every replay. */
import { expect, it } from 'vitest'
import { type File, importsOf, productFiles } from './repository.ts'

const PURE = /^src\/(formats|normalise|ledger)\/|^connectors\/.*\/(encode|normalise)\.ts$|^src\/event\.ts$/

/** Packages and modules that only compute. */
const HARMLESS = new Set([
  'node:crypto',
  'node:buffer',
  'node:zlib',
  'node:util',
  'zod',
  'papaparse',
  'standardwebhooks',
])

const IMPURE_FILES =
  /^connectors\/.*\/(client|sink|source|credentials)\.ts$|^src\/lib\/(http\/http|secret)\.ts$/
const IMPURE_CALLS =
  /\b(Date\.now\(|new Date\(\)|performance\.now\(|Math\.random\(|randomUUID|randomBytes|fetch\(|process\.|setTimeout\()/

it('keeps the encoding halves pure', () => {
  const pure = productFiles().filter((file) => PURE.test(file.path))
  expect(pure.length).toBeGreaterThan(8)
  expect(pure.flatMap(problems)).toEqual([])
})

it.each([
  "import { readFileSync } from 'node:fs'\n",
  "import { request } from 'undici'\n",
  "import { send } from './client.ts'\n",
  'const at = Date.now()\n',
  'const at = new Date().toISOString()\n',
  'const id = crypto.randomUUID()\n',
  'const home = process.env.HOME\n',
])('notices %s', (text) => {
  expect(problems({ path: 'connectors/sinks/s3/encode.ts', text })).toHaveLength(1)
})

it('lets code compute, and import types of anything', () => {
  const text = `import { createHash } from 'node:crypto'
import type { Dispatcher } from 'undici'
import catalogue from './catalogue.json' with { type: 'json' }
const time = new Date(seconds * 1000).toISOString() // never Date.now()
`
  expect(problems({ path: 'src/formats/native.ts', text })).toEqual([])
})

function problems(file: File): string[] {
  const imports = importsOf(file)
    .filter(({ target, typeOnly }) => !typeOnly && !isPure(target))
    .map(({ target }) => `${file.path} imports ${target}`)
  const call = IMPURE_CALLS.exec(withoutComments(file.text))?.[0]
  return call === undefined ? imports : [...imports, `${file.path} uses ${call}`]
}

function isPure(target: string): boolean {
  if (/^(src|connectors)\//.test(target)) return !IMPURE_FILES.test(target)
  return HARMLESS.has(target)
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1')
}
