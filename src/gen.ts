/**
 * Writes the generated files: the list of connectors, the JSON Schema, the default configuration and the tables in
 * READMEs. With `--check` it writes nothing, and fails with the names of files that are out of date.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { OperationError } from './errors.ts'
import { planFiles } from './gen/plan.ts'

const root = resolve(import.meta.dirname, '..')

try {
  const files = await planFiles(root)
  const stale = files.filter(({ path, content }) => currentText(path) !== content)
  const check = process.argv.includes('--check')
  for (const { path, content } of stale) {
    if (!check) writeFileSync(join(root, path), content)
    process.stdout.write(`${check ? 'out of date' : 'written'}: ${path}\n`)
  }
  if (check && stale.length > 0) throw new OperationError('run `npm run gen` and commit what it writes')
} catch (error) {
  if (!(error instanceof OperationError)) throw error
  process.stderr.write(`gen: ${error.message}\n`)
  process.exitCode = 1
}

function currentText(path: string): string | undefined {
  const file = join(root, path)
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined
}
