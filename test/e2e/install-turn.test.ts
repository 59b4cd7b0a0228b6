/**
 * Installations that are stopped, and several at once, with a stand-in for npm that continues after every signal, as
 * npm does.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { isAlive } from './program.ts'
import { eventually } from './site.ts'

const NPM = `
import { appendFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
process.on('SIGINT', () => {}).on('SIGTERM', () => {}).on('SIGHUP', () => {})
appendFileSync('began', process.pid + '\\n')
while (!existsSync('go')) await new Promise((resolve) => setTimeout(resolve, 20))
mkdirSync('node_modules/needed', { recursive: true })
writeFileSync('node_modules/needed/package.json', '{}')
writeFileSync('node_modules/.package-lock.json', ${JSON.stringify(JSON.stringify(lock()))})
`

let project = ''
const at = (path: string): string => join(project, path)
const npms = (): number[] =>
  existsSync(at('began')) ? readFileSync(at('began'), 'utf8').trim().split('\n').map(Number) : []
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'auditferry-turn-'))
  cpSync('src/cli', at('src/cli'), { recursive: true })
  writeFileSync(at('package-lock.json'), JSON.stringify(lock()))
  writeFileSync(at('npm.mjs'), NPM)
})
afterEach(async () => {
  writeFileSync(at('go'), '')
  await eventually(() => expect(npms().some(isAlive)).toBe(false))
  rmSync(project, { recursive: true })
})

it('installs once when two are started at once, and the other waits', async () => {
  const two = [bootstrap(), bootstrap()]
  // Either may be read first: they are two processes.
  for (const says of [/waiting for process \d+/, /installing packages/])
    await eventually(() => expect(two.map(({ told }) => told()).join('')).toMatch(says))
  writeFileSync(at('go'), '')
  expect(await Promise.all(two.map(({ ended }) => ended))).toEqual([0, 0])
  expect(npms()).toHaveLength(1)
  expect(existsSync(at('.installing'))).toBe(false)
})

it.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)(
  'leaves no npm behind that would destroy what the next start installs, after %s',
  async (signal, code) => {
    const first = bootstrap()
    await eventually(() => expect(npms()).toHaveLength(1))
    first.child.kill(signal)
    expect(await first.ended).toBe(code)
    await eventually(() => expect(npms().some(isAlive)).toBe(false))
    writeFileSync(at('go'), '')
    expect(await bootstrap().ended).toBe(0)
    expect(npms()).toHaveLength(2)
  },
)

it('waits for the npm of a start that was killed', async () => {
  const first = bootstrap()
  await eventually(() => expect(readFileSync(at('.installing'), 'utf8')).toBe(`${npms()[0]}`))
  first.child.kill('SIGKILL')
  await first.ended
  const second = bootstrap()
  await eventually(() => expect(second.told()).toContain(`waiting for process ${npms()[0]}`))
  writeFileSync(at('go'), '')
  expect(await second.ended).toBe(0)
  expect(npms()).toHaveLength(1)
})

it('does not wait for a process that is gone', async () => {
  writeFileSync(at('.installing'), `${2 ** 22 + 1}`)
  writeFileSync(at('go'), '')
  const { ended, told } = bootstrap()
  expect(await ended).toBe(0)
  expect(told()).not.toContain('waiting')
})

function bootstrap(): { child: ChildProcess; ended: Promise<number | null>; told: () => string } {
  const child = spawn(process.execPath, [at('src/cli/bootstrap.mjs')], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, npm_execpath: at('npm.mjs') },
  })
  let text = ''
  child.stderr?.on('data', (piece) => {
    text += piece
  })
  return { child, ended: once(child, 'exit').then(([code]) => code), told: () => text }
}

function lock(): object {
  return { packages: { '': { version: '1.0.0' }, 'node_modules/needed': { version: '1.0.0' } } }
}
