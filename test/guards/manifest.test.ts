/** package.json and the lock file: exact versions, a lock that installs anywhere, scripts that run something. */
import { existsSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { productFiles } from './repository.ts'

interface Manifest {
  readonly scripts: Readonly<Record<string, string>>
  readonly allowScripts: Readonly<Record<string, boolean>>
  readonly [section: string]: Readonly<Record<string, string | boolean>>
}

interface LockEntry {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly hasInstallScript?: boolean
}

const manifest: Manifest = JSON.parse(readFileSync('package.json', 'utf8'))
const lock: { packages: Record<string, LockEntry> } = JSON.parse(readFileSync('package-lock.json', 'utf8'))

it('pins every dependency to one version', () => {
  expect(loose(manifest)).toEqual([])
  expect(
    loose({ scripts: {}, allowScripts: {}, dependencies: { a: '^1.0.0', b: '1.0.0', c: 'latest' } }),
  ).toEqual(['a', 'c'])
})

it('has a lock file that `npm ci` accepts: every package that another one names is in it', () => {
  expect(absent(lock.packages)).toEqual([])
  expect(absent({ 'node_modules/a': { optionalDependencies: { b: '1' } } })).toEqual([
    'node_modules/a wants b',
  ])
})

it('has no dependency twice, which would be loaded twice at each start', () => {
  const names = Object.keys(manifest.dependencies ?? {})
  expect(twice(Object.keys(lock.packages), names)).toEqual([])
  const paths = ['node_modules/@o/a', 'node_modules/b/node_modules/@o/a', 'node_modules/b/node_modules/a']
  expect(twice(paths, ['@o/a', 'b'])).toEqual(['node_modules/b/node_modules/@o/a'])
})

it('runs no install script of a package', () => {
  expect(withInstallScript(lock.packages, manifest.allowScripts)).toEqual([])
  const packages = { 'node_modules/a': { hasInstallScript: true } }
  expect(withInstallScript(packages, {})).toEqual(['node_modules/a'])
  expect(withInstallScript(packages, { a: true })).toEqual(['node_modules/a'])
  expect(withInstallScript(packages, { a: false })).toEqual([])
})

it('makes every package optional that only one sink needs, and tests it in the version that it names', () => {
  const { peerDependencies = {}, devDependencies = {}, peerDependenciesMeta = {} } = manifest
  const names = Object.keys(peerDependencies)
  expect(names.length).toBeGreaterThan(0)
  expect(names.filter((name) => devDependencies[name] !== peerDependencies[name])).toEqual([])
  expect(Object.keys(peerDependenciesMeta)).toEqual(names)
  const named = productFiles().flatMap(({ text }) => [...text.matchAll(/loadPackage\('([^']+)'/g)])
  const wanted = names.map((name) => `${name}@${peerDependencies[name]}`)
  expect(named.map(([, it]) => it).filter((it) => it !== undefined && !wanted.includes(it))).toEqual([])
})

it('starts only files that exist', () => {
  const files = Object.values(manifest.scripts).flatMap(
    (script) => script.match(/[\w./-]+\.(ts|mjs)\b/g) ?? [],
  )
  expect(files.length).toBeGreaterThan(3)
  expect(files.filter((file) => !existsSync(file))).toEqual([])
})

function loose(of: Manifest): string[] {
  return ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'].flatMap((section) =>
    Object.entries(of[section] ?? {}).flatMap(([name, version]) =>
      /^\d+\.\d+\.\d+$/.test(String(version)) ? [] : [name],
    ),
  )
}

function twice(paths: readonly string[], names: readonly string[]): string[] {
  return paths.filter((path) => names.some((name) => path.endsWith(`/node_modules/${name}`)))
}

function absent(packages: Readonly<Record<string, LockEntry>>): string[] {
  return Object.entries(packages).flatMap(([path, entry]) =>
    Object.keys({ ...entry.dependencies, ...entry.optionalDependencies })
      .filter((name) => packages[`${path}/node_modules/${name}`] === undefined)
      .filter((name) => packages[`node_modules/${name}`] === undefined)
      .map((name) => `${path} wants ${name}`),
  )
}

/** What `allowScripts` forbids is an optional accelerator; npm then doesn't even mention it. */
function withInstallScript(
  packages: Readonly<Record<string, LockEntry>>,
  allowed: Readonly<Record<string, boolean>>,
): string[] {
  return Object.entries(packages).flatMap(([path, entry]) =>
    entry.hasInstallScript && allowed[path.replace('node_modules/', '')] !== false ? [path] : [],
  )
}
