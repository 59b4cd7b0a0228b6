/** Whatever a file exports is used by another one; everything else is the file's own affair, and free to change. */
import { expect, it } from 'vitest'
import { type File, importsOf, repositoryFiles } from './repository.ts'

const EXPORT = /^export (?:abstract )?(?:async function|function|const|class|interface|type|enum) (\w+)/gm

/** Files that are loaded for their place, or whose text holds other files. */
const LEFT_OUT = /^connectors\/.*\/(index|harness)\.ts$|^src\/gen\/sink-template\.ts$|\.test\.ts$/

it('exports nothing that no file names that imports it', () => {
  const files = repositoryFiles(/^(src|connectors|test|bench)\/.*\.(tsx?|mjs)$/)
  expect(files.length).toBeGreaterThan(500)
  expect(unused(files).filter((it) => !LEFT_OUT.test(it.split(':')[0] ?? ''))).toEqual([])
})

it.each(['export interface Parts {}', 'export type Parts = []', 'export const Parts = 1'])(
  'notices %s',
  (text) => {
    const own = { path: 'src/x.ts', text: `${text}\nuse(Parts)\n` }
    expect(unused([own, { path: 'src/y.ts', text: 'const PartsOf = 1\n' }])).toEqual(['src/x.ts: Parts'])
    expect(unused([own, { path: 'src/y.ts', text: "import { Parts } from './x.ts'\n" }])).toEqual([])
    // A word that is common enough stands in some other file by chance.
    expect(unused([own, { path: 'src/y.ts', text: 'const Parts = 2\n' }])).toEqual(['src/x.ts: Parts'])
  },
)

function unused(files: readonly File[]): string[] {
  /** By file, the words of those that import it. */
  const named = new Map<string, Set<string>>()
  for (const file of files) {
    const words = new Set(file.text.match(/\w+/g))
    for (const target of new Set(importsOf(file).map((it) => it.target)))
      named.set(target, words.union(named.get(target) ?? new Set()))
  }
  return files.flatMap(({ path, text }) =>
    [...text.matchAll(EXPORT)]
      .map(([, name = '']) => name)
      .filter((name) => named.get(path)?.has(name) !== true)
      .map((name) => `${path}: ${name}`),
  )
}
