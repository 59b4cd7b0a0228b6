/**
 * What only one feature needs is loaded by that feature, because every command pays for what is imported at its start.
 */
import { expect, it } from 'vitest'
import { type File, importsOf, productFiles } from './repository.ts'

/** What most commands need, and small packages: a few MiB each at most. */
const AT_START = new Set(['@opentelemetry/api', 'commander', 'papaparse', 'winston', 'yaml', 'zod'])

const LOADED_TO_LISTEN = 'src/cli/serve-engine.ts'

it('loads at the start only what most commands need', () => {
  const files = productFiles()
  const commands = files
    .map(({ path }) => path)
    .filter((path) => /^src\/cli\/[\w-]+\.ts$/.test(path) && path !== LOADED_TO_LISTEN)
  const loaded = ['src/main.ts', ...commands].flatMap((path) => loadedFrom(path, files))
  expect(loaded).toContain('zod')
  expect(loaded.filter((name) => !AT_START.has(name))).toEqual([])
})

it('reads a configuration with its connectors, and loads nothing of those that it does not name', () => {
  const files = productFiles()
  expect(loadedFrom('src/config/load.ts', files)).toEqual(['yaml', 'zod'])
  const indexes = files
    .map(({ path }) => path)
    .filter((path) => /^connectors\/\w+\/\w+\/index\.ts$/.test(path))
  const loaded = new Set(indexes.flatMap((path) => loadedFrom(path, files)))
  expect([...loaded].toSorted()).toEqual(['papaparse', 'zod'])
})

it('takes node:http and node:https without an import', () => {
  expect(productFiles().filter(importsHttp)).toEqual([])
  expect(importsHttp({ path: 'src/a.ts', text: "import { request } from 'node:https'\n" })).toBe(true)
  expect(importsHttp({ path: 'src/a.ts', text: "import type { Server } from 'node:http'\n" })).toBe(false)
})

it('loads nothing of a command that was not called', () => {
  expect(loadedFrom('src/main.ts', productFiles())).toEqual(['commander'])
})

it('follows imports, but not those of types nor those that wait', () => {
  const files = [
    { path: 'src/main.ts', text: "import { a } from './a.ts'\nimport type { T } from 'types'\n" },
    { path: 'src/a.ts', text: "import { b } from 'heavy'\nexport const c = () => import('later')\n" },
  ]
  expect(loadedFrom('src/main.ts', files)).toEqual(['heavy'])
})

/** If an ES module imports them, Node evaluates everything that they export, including a second HTTP library: 60 ms. */
function importsHttp(file: File): boolean {
  return importsOf(file).some(({ target, typeOnly }) => /^node:https?$/.test(target) && !typeOnly)
}

function loadedFrom(start: string, files: readonly File[]): string[] {
  const texts = new Map(files.map(({ path, text }) => [path, text.replaceAll('import(', '')]))
  const reached = new Set<string>()
  const visit = (target: string): void => {
    if (reached.has(target)) return
    reached.add(target)
    const text = texts.get(target)
    if (text === undefined) return
    for (const { target: next, typeOnly } of importsOf({ path: target, text })) if (!typeOnly) visit(next)
  }
  visit(start)
  const isPackage = (target: string) => !/^node:|^(src|connectors|test)\/|\.json$/.test(target)
  return [...reached].filter(isPackage).toSorted()
}
