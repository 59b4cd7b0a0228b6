import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Command } from 'commander'
import { describe, expect, it } from 'vitest'
import { UsageError } from '../errors.ts'
import { register } from './emulator.ts'

const module = new URL('./emulator.ts', import.meta.url).href
const SCRIPT = `
import { Command } from 'commander'
import { register } from '${module}'
const program = new Command()
register(program)
await program.parseAsync(['emulator', ...process.argv.slice(1)], { from: 'user' })
`

describe('auditferry emulator', () => {
  it('says where it listens, serves, invents more events, and ends on SIGTERM', async () => {
    const child = spawn(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        SCRIPT,
        '--',
        '--events',
        '40',
        '--rate',
        '50',
        '--org',
        'lab',
        '--v1-only',
        '--upper-bound',
        'inclusive',
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    try {
      let greeting = ''
      for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
        greeting += chunk
        if (greeting.includes('Ctrl-C')) break
      }
      const url = /api_url: (\S+)/.exec(greeting)?.[1]
      const token = /access_token: (\S+)/.exec(greeting)?.[1]
      const get = (path: string) =>
        fetch(`${url}/api/orgs/lab/auditlogs${path}`, { headers: { authorization: `token ${token}` } })
      const count = async () =>
        (await (await get('/export?startTime=9999999999')).text()).trim().split('\n').length - 1
      expect(await count()).toBeGreaterThanOrEqual(40)
      await expect.poll(count).toBeGreaterThan(45)
      expect((await get('/v2')).status).toBe(404)
    } finally {
      child.kill('SIGTERM')
    }
    expect(await once(child, 'exit')).toEqual([0, null])
  })

  it.each([
    ['--port', 'x', /--port: expected a number, not "x"/],
    ['--rate', '-1', /--rate: expected 0 or more, not "-1"/],
    ['--columns', '10', /--columns: expected 9 or 13/],
    ['--page-size', '0', /--page-size: expected a whole number from 1/],
    ['--late-every', '-1', /--late-every: expected a whole number from 0/],
    ['--fail-every', '1.5', /--fail-every: expected a whole number from 0/],
  ])('refuses %s %s', async (flag, value, message) => {
    const program = new Command()
    register(program)
    const thrown: unknown = await program
      .parseAsync(['emulator', flag, value], { from: 'user' })
      .catch((it) => it)
    expect(thrown).toBeInstanceOf(UsageError)
    expect((thrown as UsageError).message).toMatch(message)
  })
})
