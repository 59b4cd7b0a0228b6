/** What servers answer is shown in a terminal, but must not control it. */
import { expect, it } from 'vitest'
import { configurationOf, recentEvents, startAcme } from './acme.ts'
import { openSite } from './site.ts'

const SAID = '\u001b]0;mine\u0007\u001b[31mred \u009b32m \u202etxet \u2028\u200b'
const HARMLESS = /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u

it('shows what a source says in each command, without control sequences', async () => {
  await using site = openSite()
  const acme = await startAcme(site)
  acme.add(recentEvents(3))
  site.configure(configurationOf(acme))
  expect(await site.run(['run', '--once'])).toMatchObject({ code: 0 })
  acme.fail({ status: 403, body: JSON.stringify({ code: 403, message: SAID }) }, 1_000)
  const asked = ['--source', 'acme', '--from', '1h', '--to', '1m']
  const commands = [
    ['check'],
    ['check', '--json'],
    ['run', '--once'],
    ['status'],
    ['status', '--json'],
    ['export', ...asked, '--format', 'native', '-o', '-'],
    ['reconcile', ...asked],
    ['catalogue', 'diff'],
  ]
  for (const command of commands) {
    const { stdout, stderr } = await site.run(command)
    expect(stdout + stderr, command.join(' ')).toContain('[31mred')
    expect((stdout + stderr).replaceAll('\n', ''), command.join(' ')).toMatch(HARMLESS)
  }
})
