/**
 * No file imports itself, directly or through other files, and no folder of src another one that needs it. Type-only
 * imports vanish at run time and don't count.
 */
import { expect, it } from 'vitest'
import { type File, importsOf, productFiles, repositoryFiles } from './repository.ts'

/** Files that count for themselves, and why they don't tie their folder to those that import them. */
const ALONE: Readonly<Record<string, string>> = {
  'src/normalise/catalogue.ts': 'a table of facts about ids, which formats look up as well',
}

it('has no import cycle', () => {
  expect(cycles(byFile(repositoryFiles(/^(src|connectors|test|bench)\/.*\.tsx?$/)))).toEqual([])
})

it('has no cycle of folders', () => {
  expect(cycles(byFolder(productFiles()))).toEqual([])
})

it('notices a cycle of folders where no file is in one', () => {
  const files = [
    { path: 'src/engine/a.ts', text: "import { b } from '../server/b.ts'\n" },
    { path: 'src/server/b.ts', text: '' },
    { path: 'src/server/c.ts', text: "import { d } from '../engine/d.ts'\n" },
    { path: 'src/engine/d.ts', text: "import { e } from './e.ts'\n" },
  ]
  expect(cycles(byFile(files))).toEqual([])
  expect(cycles(byFolder(files))).toEqual(['src/engine → src/server → src/engine'])
})

it('notices a cycle of three, and of one', () => {
  const files = [
    { path: 'src/a.ts', text: "import { b } from './b.ts'\n" },
    { path: 'src/b.ts', text: "import { c } from './c.ts'\n" },
    { path: 'src/c.ts', text: "import { a } from './a.ts'\nimport { d } from './d.ts'\n" },
    { path: 'src/d.ts', text: "import { d } from './d.ts'\n" },
  ]
  expect(cycles(byFile(files))).toEqual(['src/a.ts → src/b.ts → src/c.ts → src/a.ts', 'src/d.ts → src/d.ts'])
})

it('lets types point at each other, and two ways lead to one file', () => {
  const files = [
    { path: 'src/a.ts', text: "import { b } from './b.ts'\nimport { c } from './c.ts'\n" },
    { path: 'src/b.ts', text: "import type { A } from './a.ts'\nimport { c } from './c.ts'\n" },
    { path: 'src/c.ts', text: '' },
  ]
  expect(cycles(byFile(files))).toEqual([])
})

interface Node {
  readonly name: string
  readonly needs: readonly string[]
}

function byFile(files: readonly File[]): Node[] {
  return files.map((file) => ({
    name: file.path,
    needs: importsOf(file).flatMap(({ target, typeOnly }) => (typeOnly ? [] : [target])),
  }))
}

function byFolder(files: readonly File[]): Node[] {
  const folders = Map.groupBy(byFile(files), ({ name }) => folderOf(name))
  return [...folders].map(([name, nodes]) => ({
    name,
    needs: nodes
      .flatMap(({ needs }) => needs.filter((it) => it.endsWith('.ts')).map(folderOf))
      .filter((it) => it !== name),
  }))
}

/** Connectors are one. What sinks are built from stands above the rest of src/lib: it uses formats, which use that. */
function folderOf(path: string): string {
  if (path in ALONE) return path
  return /^(connectors|src\/lib\/sinks|src\/[^/]+)\//.exec(path)?.[1] ?? path
}

/** Depth first: an edge back to a node on the current path closes a cycle. */
function cycles(nodes: readonly Node[]): string[] {
  const edges = new Map(nodes.map(({ name, needs }) => [name, needs]))
  const done = new Set<string>()
  const found: string[] = []
  const visit = (name: string, way: readonly string[]): void => {
    const start = way.indexOf(name)
    if (start >= 0) found.push([...way.slice(start), name].join(' → '))
    if (start >= 0 || done.has(name)) return
    for (const next of edges.get(name) ?? []) visit(next, [...way, name])
    done.add(name)
  }
  for (const name of edges.keys()) visit(name, [])
  return found
}
