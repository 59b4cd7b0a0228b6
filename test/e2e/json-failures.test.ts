/** With `--json`, standard output holds one document, even if the command fails. */
import { writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { recentEvents, startAcme } from './acme.ts'
import { openSite } from './site.ts'

const SINKS = { local: { type: 'file', path: './out.ndjson' } }

it.concurrent.each([
  [1, ['status'], /state folder .* can't be made/],
  [2, ['reconcile', '--from', '24h', '--source', 'nobody'], /no source nobody|state folder/],
  [2, ['status', '--no-such-flag'], /unknown option '--no-such-flag'/],
  [2, ['status', 'auditferry.yaml'], /too many arguments .*; a configuration is named with --config FILE/],
  [2, ['check', 'auditferry.yaml'], /no such component: .*; a configuration is named with --config FILE/],
  [2, ['replay', '--sink', 'local'], /--from: say from when on/],
  [2, ['export', '--from', '24h', '--user', ''], /--user <login>: the value is empty/],
  [2, ['status', '--config', ''], /--config <file>: the value is empty/],
] as const)('exit code %i of %j', async (code, command, message) => {
  await using site = openSite()
  const acme = await startAcme(site)
  acme.add(recentEvents(1))
  const state = { path: command[0] === 'reconcile' ? './data' : './taken/data' }
  writeFileSync(site.path('taken'), 'a file')
  site.configure({
    sources: { acme: { type: 'pulumi', organization: 'acme', access_token: 'pul-0', api_url: acme.url } },
    sinks: SINKS,
    state,
  })
  const ended = await site.run([...command, '--json'])
  expect(ended.code).toBe(code)
  const document: unknown = JSON.parse(ended.stdout)
  expect(document).toEqual({ error: expect.stringMatching(message) })
  expect(ended.stderr).toMatch(message)
})

it.concurrent('a command’s own result stays the only document', async () => {
  await using site = openSite()
  site.configure('sources: {}\n')
  const { code, stdout } = await site.run(['validate', '--json'])
  expect({ code, document: JSON.parse(stdout) }).toMatchObject({ code: 2, document: { ok: false } })
})
