import { expect, it } from 'vitest'
import { importsOf, isTestFile, productFiles, repositoryFiles } from './repository.ts'

it('reads every way to import', () => {
  const text = `
import fs from 'node:fs'
import type { A } from './a.ts'
import {
  type B,
  type C,
} from '../b.ts'
import { type D, e } from './d.ts'
import './effect.ts'
export { f } from './f.ts'
const g = await import('./g.ts')
const text = "import nothing from './text.ts'"
`
  expect(importsOf({ path: 'src/poll/x.ts', text })).toEqual([
    { target: 'node:fs', typeOnly: false },
    { target: 'src/poll/a.ts', typeOnly: true },
    { target: 'src/b.ts', typeOnly: true },
    { target: 'src/poll/d.ts', typeOnly: false },
    { target: 'src/poll/f.ts', typeOnly: false },
    { target: 'src/poll/effect.ts', typeOnly: false },
    { target: 'src/poll/g.ts', typeOnly: false },
  ])
})

it('finds the files that count', () => {
  const paths = productFiles().map((file) => file.path)
  expect(paths).toContain('src/connector.ts')
  expect(paths).toContain('connectors/sinks/file/index.ts')
  expect(paths.filter(isTestFile)).toEqual([])
  expect(repositoryFiles(/^node_modules\//)).toEqual([])
  expect(repositoryFiles(/^test\/guards\//).length).toBeGreaterThan(5)
})
