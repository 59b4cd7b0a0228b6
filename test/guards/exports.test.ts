/** Whatever a file exports is used by another one; everything else is the file's own affair, and free to change. */
import { expect, it } from 'vitest'
import { type File, repositoryFiles } from './repository.ts'

const EXPORT = /^export (?:abstract )?(?:async function|function|const|class|interface|type|enum) (\w+)/gm

it('exports nothing that no other file names', () => {
  const files = repositoryFiles(/^(src|connectors|test|bench)\/.*\.(tsx?|mjs)$/)
  expect(files.length).toBeGreaterThan(500)
  expect(unused(files)).toEqual([])
})

it.each(['export interface Parts {}', 'export type Parts = []', 'export const Parts = 1'])(
  'notices %s',
  (text) => {
    const own = { path: 'src/x.ts', text: `${text}\nuse(Parts)\n` }
    expect(unused([own, { path: 'src/y.ts', text: 'const PartsOf = 1\n' }])).toEqual(['src/x.ts: Parts'])
    expect(unused([own, { path: 'src/y.ts', text: "import { Parts } from './x.ts'\n" }])).toEqual([])
  },
)

function unused(files: readonly File[]): string[] {
  const naming = new Map<string, number>()
  for (const { text } of files) {
    for (const word of new Set(text.match(/\w+/g))) naming.set(word, (naming.get(word) ?? 0) + 1)
  }
  return files.flatMap(({ path, text }) =>
    [...text.matchAll(EXPORT)]
      .map(([, name = '']) => name)
      .filter((name) => naming.get(name) === 1)
      .map((name) => `${path}: ${name}`),
  )
}
