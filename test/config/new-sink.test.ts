/**
 * `npm run new sink NAME` in a copy of the repository: what it creates passes all checks, except where code is still to
 * be written.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, it } from 'vitest'
import { tempFolder } from '../engine/temp-folder.ts'

/** Not the name used in docs/write-a-sink.md, which a reader may have created. */
const NAME = 'made_by_the_test'

const FOLDERS = ['src', 'connectors', 'config', 'test', 'deploy']
const FILES = ['README.md', 'package.json', 'tsconfig.json', 'vitest.config.ts', 'biome.json', '.gitignore']

function copyOfRepository() {
  const root = join(tempFolder(), 'repository')
  for (const path of [...FOLDERS, ...FILES]) cpSync(path, join(root, path), { recursive: true })
  symlinkSync(resolve('node_modules'), join(root, 'node_modules'))
  const run = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' })
    return { status, text: stdout + stderr }
  }
  return { root, run, make: (...args: string[]) => run('src/new.ts', ...args) }
}

it('makes a folder that passes types and lint, and fails only on what is not written yet', () => {
  const { root, run, make } = copyOfRepository()
  const made = make('sink', NAME)
  expect(made).toMatchObject({ status: 0, text: expect.stringContaining('harness.ts') })
  expect(readFileSync(join(root, 'src/connectors.gen.ts'), 'utf8')).toContain(`${NAME}/index.ts`)
  const folder = `connectors/sinks/${NAME}`
  // What was made, and all that names it by its place; the types of the rest are checked where it was copied from.
  const include = [folder, 'src/connectors.gen.ts', 'test/conformance/sinks.test.ts']
  writeFileSync(join(root, 'made.json'), JSON.stringify({ extends: './tsconfig.json', include }))
  expect(run('node_modules/typescript/bin/tsc', '-p', 'made.json', '--checkers', '1')).toEqual({
    status: 0,
    text: '',
  })
  expect(run('node_modules/@biomejs/biome/bin/biome', 'check', folder)).toMatchObject({ status: 0 })
  const reported = join(root, 'report.json')
  const suite = ['test/conformance/sinks.test.ts', folder, '-t', `${NAME}|documented`]
  run('node_modules/vitest/vitest.mjs', 'run', ...suite, '--reporter=json', `--outputFile=${reported}`)
  const report = JSON.parse(readFileSync(reported, 'utf8')) as { testResults: TestResult[] }
  const failed = report.testResults.flatMap(({ assertionResults }) =>
    assertionResults.filter(({ status }) => status === 'failed'),
  )
  expect(failed.length).toBeGreaterThan(10)
  for (const { failureMessages } of failed)
    expect(failureMessages).toEqual([expect.stringContaining(`not written yet: ${folder}/`)])
})

interface TestResult {
  readonly assertionResults: readonly {
    readonly status: string
    readonly failureMessages: readonly string[]
  }[]
}

it('says how it is called, and leaves what is there', () => {
  const { root, make } = copyOfRepository()
  const long = 'a'.repeat(41)
  for (const args of [
    [],
    ['source', 'x'],
    ['sink', 'My-Sink'],
    ['sink', '../x'],
    ['sink', 'a', 'b'],
    ['sink', long],
  ]) {
    expect([args, make(...args)]).toMatchObject([
      args,
      { status: 2, text: expect.stringContaining('usage: npm run new sink NAME') },
    ])
  }
  expect(make('sink', 'file')).toMatchObject({ status: 2, text: expect.stringContaining('is there already') })
  expect(existsSync(join(root, 'connectors/sinks/file/answers.test.ts'))).toBe(false)
})
