/** How `npm start` and `npm test` install the packages, with a stand-in for npm. */
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, onTestFinished, vi } from 'vitest'

const LOCK = {
  '': { version: '1.0.0' },
  'node_modules/needed': { version: '1.0.0', integrity: 'sha512-a' },
  'node_modules/tool': { version: '2.0.0', integrity: 'sha512-b', dev: true },
  'node_modules/elsewhere': { version: '3.0.0', integrity: 'sha512-c', optional: true },
}

let project = ''
const at = (path: string): string => join(project, path)
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'auditferry-bootstrap-'))
  cpSync('src/cli', at('src/cli'), { recursive: true })
  write('package-lock.json', { packages: LOCK })
  write('node_modules/.package-lock.json', { packages: LOCK })
  for (const path of Object.keys(LOCK).slice(1)) write(`${path}/package.json`, {})
  writeFileSync(
    at('npm.mjs'),
    `import { writeFileSync } from 'node:fs'
    console.log('added 3 packages')
    writeFileSync('npm-ran', process.argv.slice(2).join(' '))
    process.exit(Number(process.env.NPM_EXIT ?? 0))`,
  )
})
afterEach(() => rmSync(project, { recursive: true }))

it('installs nothing when everything is there', () => {
  expect(bootstrap()).toEqual({ status: 0, npm: undefined, stdout: '', stderr: '' })
})

it('does not look for what this machine cannot have', () => {
  rmSync(at('node_modules/elsewhere'), { recursive: true })
  expect(bootstrap().npm).toBeUndefined()
})

it.each([
  ['a fresh clone', () => rmSync(at('node_modules'), { recursive: true }), 'none are there yet'],
  ['a deleted package', () => rmSync(at('node_modules/needed'), { recursive: true }), 'needed is missing'],
  [
    'another version',
    () => relock({ 'node_modules/needed': { version: '1.0.1' } }),
    'needed is not up to date',
  ],
  [
    'other contents of the same version',
    () => relock({ 'node_modules/needed': { version: '1.0.0', integrity: 'sha512-z' } }),
    'needed is not up to date',
  ],
  [
    'a damaged record of what is installed',
    () => writeFileSync(at('node_modules/.package-lock.json'), '{'),
    'none',
  ],
])('installs after %s, and prints nothing on stdout', (_, change, reason) => {
  change()
  const { stderr, ...rest } = bootstrap()
  expect(rest).toEqual({
    status: 0,
    npm: 'ci --no-audit --no-fund --loglevel=error --include=optional',
    stdout: '',
  })
  expect(stderr).toMatch(/^auditferry: installing packages \(.*\)\n$/)
  expect(stderr).toContain(reason)
})

it('installs the development packages only for the tests', () => {
  rmSync(at('node_modules/tool'), { recursive: true })
  expect(bootstrap().npm).toBeUndefined()
  expect(bootstrap('--dev').npm).toMatch(/^ci .*--include=dev$/)
})

it('gives npm another cache if its own cannot be written, as with another user’s home', () => {
  rmSync(at('node_modules'), { recursive: true })
  onTestFinished(() => void vi.unstubAllEnvs())
  vi.stubEnv('npm_config_cache', at('cache'))
  expect(bootstrap().npm).not.toContain('--cache')
  // Not even root can create a folder inside a file.
  vi.stubEnv('npm_config_cache', at('npm.mjs/cache'))
  const cache = /--cache=(\S+)/.exec(bootstrap().npm ?? '')?.[1] ?? ''
  expect(cache.startsWith(tmpdir())).toBe(true)
  expect(existsSync(cache)).toBe(false)
})

it('stops when npm fails', () => {
  rmSync(at('node_modules'), { recursive: true })
  vi.stubEnv('NPM_EXIT', '5')
  onTestFinished(() => void vi.unstubAllEnvs())
  const { status, stderr } = bootstrap()
  expect(status).toBe(1)
  expect(stderr).toContain('the packages could not be installed')
})

function bootstrap(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [at('src/cli/bootstrap.mjs'), ...args], {
    encoding: 'utf8',
    env: { ...process.env, npm_execpath: at('npm.mjs') },
  })
  const npm = existsSync(at('npm-ran')) ? readFileSync(at('npm-ran'), 'utf8') : undefined
  return { status, npm, stdout, stderr }
}

function relock(changes: Record<string, object>): void {
  write('package-lock.json', { packages: { ...LOCK, ...changes } })
}

function write(path: string, content: unknown): void {
  mkdirSync(join(at(path), '..'), { recursive: true })
  writeFileSync(at(path), JSON.stringify(content))
}
