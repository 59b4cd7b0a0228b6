/** No file imports itself, directly or through other files. Type-only imports vanish at run time and don't count. */
import { expect, it } from 'vitest'
import { type File, importsOf, repositoryFiles } from './repository.ts'

it('has no import cycle', () => {
  expect(cycles(repositoryFiles(/^(src|connectors|test|bench)\/.*\.tsx?$/))).toEqual([])
})

it('notices a cycle of three, and of one', () => {
  const files = [
    { path: 'src/a.ts', text: "import { b } from './b.ts'\n" },
    { path: 'src/b.ts', text: "import { c } from './c.ts'\n" },
    { path: 'src/c.ts', text: "import { a } from './a.ts'\nimport { d } from './d.ts'\n" },
    { path: 'src/d.ts', text: "import { d } from './d.ts'\n" },
  ]
  expect(cycles(files)).toEqual(['src/a.ts → src/b.ts → src/c.ts → src/a.ts', 'src/d.ts → src/d.ts'])
})

it('lets types point at each other, and two ways lead to one file', () => {
  const files = [
    { path: 'src/a.ts', text: "import { b } from './b.ts'\nimport { c } from './c.ts'\n" },
    { path: 'src/b.ts', text: "import type { A } from './a.ts'\nimport { c } from './c.ts'\n" },
    { path: 'src/c.ts', text: '' },
  ]
  expect(cycles(files)).toEqual([])
})

/** Depth first: an edge back to a file on the current path closes a cycle. */
function cycles(files: readonly File[]): string[] {
  const edges = new Map(
    files.map((file) => [
      file.path,
      importsOf(file).flatMap(({ target, typeOnly }) => (typeOnly ? [] : [target])),
    ]),
  )
  const done = new Set<string>()
  const found: string[] = []
  const visit = (path: string, way: readonly string[]): void => {
    const start = way.indexOf(path)
    if (start >= 0) found.push([...way.slice(start), path].join(' → '))
    if (start >= 0 || done.has(path)) return
    for (const next of edges.get(path) ?? []) visit(next, [...way, path])
    done.add(path)
  }
  for (const path of edges.keys()) visit(path, [])
  return found
}
