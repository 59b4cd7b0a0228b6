/**
 * Signals before any command listens: with a stand-in for main.ts that never does, and with a configuration that never
 * arrives.
 */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PATIENCE_MS } from '../patience.ts'

const project = mkdtempSync(join(tmpdir(), 'auditferry-early-'))
const launcher = join(project, 'src/cli/auditferry.mjs')

beforeAll(() => {
  mkdirSync(join(project, 'src'))
  cpSync('src/cli', join(project, 'src/cli'), { recursive: true })
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }')
  symlinkSync(resolve('node_modules'), join(project, 'node_modules'))
  writeFileSync(join(project, 'src/main.ts'), `setInterval(() => {}, 1_000)\nconsole.log('loaded')\n`)
})
afterAll(() => rmSync(project, { recursive: true }))

describe('SIGHUP', () => {
  it.each(['run', 'start'])(
    'does not end %s, which has read nothing yet that it could read again',
    async (command) => {
      await using child = await start(launcher, [command])
      child.kill('SIGHUP')
      await sleep(100)
      child.kill('SIGTERM')
      expect(await once(child, 'close')).toEqual([null, 'SIGTERM'])
    },
  )

  it('ends any other command, as the closing of a terminal does', async () => {
    await using child = await start(launcher, ['top'])
    child.kill('SIGHUP')
    expect(await once(child, 'close')).toEqual([null, 'SIGHUP'])
  })

  it('does not end the shell that becomes Node', () => {
    const shell = join(project, 'shell')
    cpSync('src/cli', join(shell, 'src/cli'), { recursive: true })
    const bin = join(shell, `node_modules/node-linux-${process.arch}/bin`)
    mkdirSync(bin, { recursive: true })
    writeFileSync(join(bin, 'node'), '#!/bin/sh\nkill -HUP $$\necho lives\n', { mode: 0o755 })
    const run = (command: string) =>
      execFileSync(join(shell, 'src/cli/auditferry.mjs'), [command], { encoding: 'utf8' })
    expect(run('run')).toBe('lives\n')
    expect(() => run('top')).toThrow()
  })
})

it.each(['SIGTERM', 'SIGINT'] as const)(
  '%s ends a start whose configuration never arrives',
  async (signal) => {
    const silent = join(project, `${signal}.yaml`)
    execFileSync('mkfifo', [silent])
    await using child = run('src/cli/auditferry.mjs', ['run', '-c', silent])
    // Opening it blocks until someone reads; nothing is written.
    await using _ = await open(silent, 'w')
    child.kill(signal)
    expect(await once(child, 'close', { signal: AbortSignal.timeout(PATIENCE_MS) })).toEqual([null, signal])
  },
)

// Takes permission to create a process id namespace; elsewhere no process is 1.
describe.skipIf(!canUnshare())('as process 1 of a container (only where a namespace can be created)', () => {
  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)(
    '%s ends it, although the kernel delivers only signals that are listened for',
    async (signal, code) => {
      await using child = await start('unshare', [...NAMESPACE, launcher, 'run'])
      const inside = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')
      process.kill(Number(inside), signal)
      expect(await once(child, 'close')).toEqual([code, null])
    },
  )
})

const NAMESPACE = ['--fork', '--pid', '--mount-proc', '--kill-child']

function canUnshare(): boolean {
  try {
    execFileSync('unshare', ['--fork', '--pid', '--mount-proc', 'true'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Resolves once it is loaded. */
async function start(command: string, args: readonly string[]) {
  const child = run(command, args)
  await once(child.stdout, 'data')
  return child
}

function run(command: string, args: readonly string[]) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  return Object.assign(child, { [Symbol.asyncDispose]: async () => void child.kill('SIGKILL') })
}
