import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test } from 'vitest'
import { register } from '../../src/cli/catalogue.ts'
import { startPulumiEmulator } from '../emulators/pulumi/emulator.ts'
import { createHarness } from './harness.ts'

const folder = mkdtempSync(join(tmpdir(), 'catalogue-'))
const emulator = await startPulumiEmulator({ token: 'pul-1' })
const config = join(folder, 'auditferry.yaml')
const { url, organization } = emulator
writeFileSync(
  config,
  `sources:
  main: { type: pulumi, api_url: "${url}", organization: ${organization}, access_token: pul-1 }
  bad: { type: pulumi, api_url: "${url}", organization: ${organization}, access_token: pul-2 }
sinks: { out: { type: file, path: ./out.ndjson } }
`,
)

afterAll(async () => {
  await emulator.stop()
  rmSync(folder, { recursive: true })
})
afterEach(() => {
  process.exitCode = 0
})

function diff(...args: string[]): Promise<string> {
  return createHarness(register).run('catalogue', 'diff', '-c', config, ...args)
}

test('the embedded catalogue is the one of autumn 2026', async () => {
  expect(await diff()).toBe(
    'the server lists 169 event types, the embedded catalogue has 169\nno difference\n',
  )
  expect(process.exitCode ?? 0).toBe(0)
})

test('what is new, changed or gone is named', async () => {
  emulator.set({
    eventTypes: [
      {
        event: 'stack-frozen',
        displayName: 'Stack Frozen\u001b[2J',
        requiresOrgAdmin: true,
        replacedBy: null,
        more: 1,
      },
      { event: 'user-login', displayName: 'User Login', deprecated: true, replacedBy: 'user-signed-in' },
    ],
  })
  const printed = await diff('--source', 'main')
  expect(printed).toContain(`the server lists 2 event types, the embedded catalogue has 169
new      stack-frozen (Stack Frozen\\u001b[2J): requiresOrgAdmin
changed  user-login: deprecated is true there, false here
changed  user-login: replacedBy is user-signed-in there, empty here
gone     `)
  expect(printed.match(/^gone /gm)).toHaveLength(168)
  expect(process.exitCode).toBe(3)

  const { source, listed, known, new: added, changed, gone } = JSON.parse(await diff('--json'))
  expect({ source, listed, known, gone: gone.length }).toEqual({
    source: 'main',
    listed: 2,
    known: 169,
    gone: 168,
  })
  expect(added).toMatchObject([{ event: 'stack-frozen', requiresOrgAdmin: true, deprecated: false }])
  expect(changed[0]).toEqual({ event: 'user-login', member: 'deprecated', here: 'false', there: 'true' })
})

test('a server that lists nothing, or refuses, is told in a sentence', async () => {
  emulator.set({ eventTypes: 'absent' })
  await expect(diff()).rejects.toThrow('main: the server has no list of event types (an older one?)')
  emulator.set({ eventTypes: [{ name: 'user-login' }] })
  await expect(diff()).rejects.toThrow('main: the list of event types came as something else')
  emulator.set({ eventTypes: [] })
  await expect(diff()).rejects.toThrow(/^main: its server lists no event types$/)
  await expect(diff('--source', 'bad')).rejects.toThrow('refuses the access token')
  await expect(diff('--source', 'mian')).rejects.toThrow(
    '--source: no source mian; there are main, bad (did you mean main?)',
  )
})
