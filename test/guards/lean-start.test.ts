/** What one feature alone needs is loaded by that feature: every command pays for what is imported at its start. */
import { expect, it } from 'vitest'
import { type File, importsOf, productFiles } from './repository.ts'

/** What most commands need, and small things: a few MiB each at the most, but for the metrics. */
const AT_START = new Set([
  ...[
    '@marcbachmann/cel-js',
    'commander',
    'cookie',
    'papaparse',
    'rate-limiter-flexible',
    'undici',
    'winston',
    'yaml',
    'zod',
  ],
  ...['@opentelemetry/api', '@opentelemetry/exporter-prometheus', '@opentelemetry/sdk-metrics'],
])

it('loads at the start only what most commands need', () => {
  const files = productFiles()
  const commands = files.filter(({ path }) => /^src\/cli\/[\w-]+\.ts$/.test(path)).map(({ path }) => path)
  const loaded = ['src/main.ts', ...commands].flatMap((path) => loadedFrom(path, files))
  expect(loaded).toContain('zod')
  expect(loaded.filter((name) => !AT_START.has(name))).toEqual([])
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
