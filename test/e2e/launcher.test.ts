/** The launcher with a stand-in for main.ts: which Node runs it, as which process, and how signals are handled. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import node from '../../src/cli/node-flags.json' with { type: 'json' }
import { isAlive } from './program.ts'

const STAND_IN = `
const [command, ...rest]: string[] = process.argv.slice(2)
if (command === 'exit') process.exitCode = Number(rest[0])
if (command === 'sqlite') new (await import('node:sqlite')).DatabaseSync(':memory:').close()
if (command === 'wait') {
  process.on(rest[0] ?? '', () => process.exit(7))
  setInterval(() => {}, 1_000)
}
process.stdout.write(JSON.stringify({ pid: process.pid, node: process.versions.node, args: [command, ...rest] }) + '\\n')
if (command === 'die') process.kill(process.pid, 'SIGKILL')
`
// An older Node cannot be installed for a test; the launcher only knows it by this number.
const PRETEND_OLD = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.19.0' } })`

const project = mkdtempSync(join(tmpdir(), 'auditferry-launcher-'))
const launcher = join(project, 'src/cli/auditferry.mjs')
const oldNode = ['--import', `data:text/javascript,${encodeURIComponent(PRETEND_OLD)}`, launcher]

beforeAll(() => {
  mkdirSync(join(project, 'src'))
  cpSync('src/cli', join(project, 'src/cli'), { recursive: true })
  cpSync('package.json', join(project, 'package.json'))
  symlinkSync(resolve('node_modules'), join(project, 'node_modules'))
  symlinkSync('src/cli/auditferry.mjs', join(project, 'linked'))
  writeFileSync(join(project, 'src/main.ts'), STAND_IN)
})
afterAll(() => rmSync(project, { recursive: true }))

describe('run directly', () => {
  it.each([
    ['by its path', launcher],
    ['through a link, as in node_modules/.bin', join(project, 'linked')],
  ])('becomes the engine under the same process id %s', async (_, path) => {
    const child = spawn(path, ['run', '-c', 'a b.yaml', '*', ''])
    const { code, stdout, stderr } = await ended(child)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(JSON.parse(stdout)).toMatchObject({ pid: child.pid, args: ['run', '-c', 'a b.yaml', '*', ''] })
    expect(newEnough(JSON.parse(stdout).node)).toBe(true)
  })

  it('starts Node with the same flags as its module part', () => {
    const shell = readFileSync('src/cli/auditferry.mjs', 'utf8').split('*/')[0] ?? ''
    expect(/^flags="(.*)"$/m.exec(shell)?.[1]).toBe(node.flags.join(' '))
    for (const [name, value] of Object.entries(node.environment)) {
      expect(shell).toContain(`export ${name}="\${${name}:-${value}}"`)
    }
  })

  it('is executable in the repository', () => {
    expect(statSync('src/cli/auditferry.mjs').mode & 0o111).toBe(0o111)
  })

  it('loads node:sqlite without a warning', async () => {
    const { code, stderr } = await ended(spawn(launcher, ['sqlite']))
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  })

  it('runs through npx from the clone', async () => {
    const env = { ...process.env, npm_config_cache: join(project, 'cache'), npm_config_loglevel: 'silent' }
    const { code, stdout } = await ended(
      spawn('npx', ['--offline', 'auditferry', 'run', 'a b'], { cwd: project, env }),
    )
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ args: ['run', 'a b'] })
  })
})

it('runs on the Node of the machine if the one that npm installed cannot run, as on Alpine', async () => {
  const clone = join(project, 'alpine')
  const own = join(clone, `node_modules/node-linux-${process.arch}/bin/node`)
  cpSync('src/cli', join(clone, 'src/cli'), { recursive: true })
  writeFileSync(join(clone, 'src/main.ts'), STAND_IN)
  mkdirSync(join(own, '..'), { recursive: true })
  // What Linux answers if the loader that a program was linked for is missing.
  writeFileSync(own, '#!/lib64/no-such-loader.so\n', { mode: 0o755 })
  const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}` }
  const { code, stdout, stderr } = await ended(spawn(join(clone, 'src/cli/auditferry.mjs'), ['run'], { env }))
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(JSON.parse(stdout)).toMatchObject({ node: process.versions.node, args: ['run'] })
})

describe('run by a Node that is too old', () => {
  it('runs the engine on the Node that npm installed, and ends with its exit code', async () => {
    const { code, stdout, stderr } = await ended(spawn(process.execPath, [...oldNode, 'exit', '3']))
    expect({ code, stderr }).toEqual({ code: 3, stderr: '' })
    expect(newEnough(JSON.parse(stdout).node)).toBe(true)
  })

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)('passes %s on', async (signal) => {
    const child = spawn(process.execPath, [...oldNode, 'wait', signal])
    const result = ended(child)
    await once(child.stdout, 'data')
    child.kill(signal)
    expect((await result).code).toBe(7)
  })

  it('dies of the same signal as its engine', async () => {
    const { code, signal } = await ended(spawn(process.execPath, [...oldNode, 'die']))
    expect({ code, signal }).toEqual({ code: null, signal: 'SIGKILL' })
  })

  it('takes the engine with it when it is killed', async () => {
    const child = spawn(process.execPath, [...oldNode, 'wait', 'SIGTERM'])
    const [line] = await once(child.stdout, 'data')
    const engine: number = JSON.parse(String(line)).pid
    expect(isAlive(engine)).toBe(true)
    child.kill('SIGKILL')
    await expect.poll(() => isAlive(engine)).toBe(false)
  })
})

it('says what to do if no Node is new enough', async () => {
  const bare = join(project, 'bare/src/cli')
  cpSync('src/cli', bare, { recursive: true })
  const args = [...oldNode.slice(0, 2), join(bare, 'auditferry.mjs'), 'run']
  const { code, stderr } = await ended(spawn(process.execPath, args))
  expect(code).toBe(1)
  expect(stderr).toMatch(
    /^auditferry: needs Node\.js 24\.15\.0 or newer, this is 20\.19\.0: run `npm ci`.*\n$/,
  )
})

it('has the same Node range as package.json', async () => {
  const { NODE_FLOOR, isNewEnough } = await import(resolve('src/cli/node-version.mjs'))
  const { default: manifest } = await import('../../package.json', { with: { type: 'json' } })
  expect(`>=${NODE_FLOOR}`).toBe(`${manifest.engines.node}.0`)
  expect(['24.14.9', '24.15.0', '25.0.0', '9.99.0'].map(isNewEnough)).toEqual([false, true, true, false])
})

async function ended(child: ChildProcess) {
  const [stdout, stderr, [code, signal]] = await Promise.all([
    child.stdout ? text(child.stdout) : '',
    child.stderr ? text(child.stderr) : '',
    once(child, 'close'),
  ])
  return { stdout, stderr, code: code as number | null, signal: signal as string | null }
}

function newEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > 24 || (major === 24 && minor >= 15)
}
