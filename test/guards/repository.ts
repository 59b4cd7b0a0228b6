/**
 * The repository as the guards see it: its files and what each imports. Guards judge lists, so that tests can feed them
 * bad ones.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'

export interface File {
  /** From the repository's root, with `/`. */
  readonly path: string
  readonly text: string
}

interface Import {
  /** For a file of ours, its path from the repository's root; otherwise the package's name as written. */
  readonly target: string
  /** `import type`, or only `type` names: gone at run time. */
  readonly typeOnly: boolean
}

/** Files under version control, and new ones that aren't ignored. */
export function repositoryFiles(matching: RegExp): File[] {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    encoding: 'utf8',
  })
  const paths = [...new Set(listed.split('\0'))].filter((path) => matching.test(path) && existsSync(path))
  return paths.map((path) => ({ path, text: readFileSync(path, 'utf8') }))
}

/** Everything that the product runs: neither its tests, nor what only tests use. */
export function productFiles(): File[] {
  return repositoryFiles(/^(src|connectors)\/.*\.(tsx?|mjs)$/).filter((file) => !isTestFile(file.path))
}

/** Tests, and files beside a connector that only its tests use. */
export function isTestFile(path: string): boolean {
  return path.startsWith('test/') || /\.test\.ts$|\/(harness|scratch)\.ts$|\/fixtures\//.test(path)
}

export function importsOf(file: File): Import[] {
  const found: Import[] = []
  const statement = /^(?:import|export)\b([^'"`;]*?)\bfrom\s+'([^']+)'/gm
  for (const [, names = '', target = ''] of file.text.matchAll(statement)) {
    found.push({ target: resolve(file.path, target), typeOnly: isTypeOnly(names) })
  }
  for (const [, target = ''] of file.text.matchAll(/(?:^import\s+|\bimport\()'([^']+)'/gm)) {
    found.push({ target: resolve(file.path, target), typeOnly: false })
  }
  return found
}

function isTypeOnly(names: string): boolean {
  if (/^\s*type\b/.test(names)) return true
  const list = /^\s*\{([^}]*)\}\s*$/.exec(names)?.[1]
  const each = list?.split(',').filter((name) => name.trim() !== '')
  return each !== undefined && each.length > 0 && each.every((name) => /^\s*type\s/.test(name))
}

function resolve(from: string, target: string): string {
  return target.startsWith('.') ? posix.join(posix.dirname(from), target) : target
}
