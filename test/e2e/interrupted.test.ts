/** Interrupted commands say what was done, and how to continue. */
import { existsSync } from 'node:fs'
import { expect, it } from 'vitest'
import type { PulumiEmulator } from '../emulators/pulumi/emulator.ts'
import { configurationOf, recentEvents, startAcme } from './acme.ts'
import type { Ended } from './program.ts'
import { eventually, openSite, type Site } from './site.ts'

const EVENTS = 400

/** A source that was delivered completely, and from here on answers slowly. */
async function slowSource(site: Site): Promise<PulumiEmulator> {
  const acme = await startAcme(site, { switches: { pageSize: 20 } })
  acme.add(recentEvents(EVENTS))
  site.configure(configurationOf(acme, { source: { start: '1h' } }))
  return acme
}

async function interrupt(
  site: Site,
  acme: PulumiEmulator,
  command: readonly string[],
  signal: NodeJS.Signals,
): Promise<Ended> {
  acme.set({ latencyMs: 500 })
  const asked = acme.requests.length
  const program = site.start([...command, '--json'])
  await eventually(() => expect(acme.requests.length).toBeGreaterThan(asked + 2))
  program.signal(signal)
  return program.ended
}

it.concurrent.each(['SIGINT', 'SIGTERM'] as const)(
  'an export ended by %s leaves no file that could be mistaken for a complete one',
  async (signal) => {
    await using site = openSite()
    const acme = await slowSource(site)
    const command = ['export', '--from', '1h', '-o', 'x.ndjson']
    const { code, stdout, stderr } = await interrupt(site, acme, command, signal)
    expect({ code, whole: existsSync(site.path('x.ndjson')) }).toEqual({ code: 1, whole: false })
    expect(stderr).toMatch(
      new RegExp(
        `interrupted by ${signal}: .*\nx.ndjson.part holds a part of the range, the newest \\d+ events`,
      ),
    )
    expect(JSON.parse(stdout)).toEqual({ error: expect.stringContaining(signal) })
    const part = site.lines('x.ndjson.part').length
    expect(part).toBeGreaterThan(0)
    expect(part).toBeLessThan(EVENTS)
    acme.set({ latencyMs: 0 })
    expect(await site.run(command)).toMatchObject({ code: 0 })
    expect(site.lines('x.ndjson')).toHaveLength(EVENTS)
    expect(existsSync(site.path('x.ndjson.part'))).toBe(false)
  },
)

it.concurrent.each([
  [
    'SIGINT',
    ['reconcile', '--from', '1h'],
    { complete: false },
    /events down to .* nothing was changed; repeat/,
  ],
  [
    'SIGTERM',
    ['reconcile', '--from', '1h', '--repair'],
    { complete: false },
    /what was repaired until then stays/,
  ],
  [
    'SIGINT',
    ['replay', '--sink', 'local', '--from', '2h'],
    { queued: expect.any(Number) },
    /are queued and will be/,
  ],
] as const)('%s ends %j with 3 and its JSON', async (signal, command, document, message) => {
  await using site = openSite()
  const acme = await slowSource(site)
  expect(await site.run(['run', '--once'])).toMatchObject({ code: 0 })
  const { code, stdout, stderr } = await interrupt(site, acme, command, signal)
  expect(stderr).toMatch(message)
  expect(code).toBe(3)
  expect(JSON.parse(stdout)).toMatchObject({ ...document, interrupted: signal })
  acme.set({ latencyMs: 0 })
  expect(await site.run(['status'])).toMatchObject({ code: 0 })
})

it.concurrent('a backfill that is only watched continues in the engine, and the command says so', async () => {
  await using site = openSite()
  const acme = await slowSource(site)
  const { url } = await site.serve()
  const backfills = async () => {
    const answer = await fetch(`${url}/api/v1/backfills`)
    return ((await answer.json()) as { backfills: object[] }).backfills
  }
  acme.set({ latencyMs: 500 })
  const to = new Date(Date.now() - 30_000).toISOString()
  const program = site.start([
    'backfill',
    '--source',
    'acme',
    '--from',
    '2h',
    '--to',
    to,
    '--parts',
    '1',
    '--json',
  ])
  await eventually(async () => expect(await backfills()).toMatchObject([{ endedAt: '' }]))
  program.signal('SIGINT')
  const { code, stdout, stderr } = await program.ended
  expect(stderr).toContain('interrupted by SIGINT: the engine goes on with it')
  expect({ code, ...JSON.parse(stdout) }).toMatchObject({ code: 3, source: 'acme', endedAt: '' })
  acme.set({ latencyMs: 0 })
  await eventually(async () =>
    expect(await backfills()).toMatchObject([{ endedAt: expect.stringMatching(/./), events: EVENTS }]),
  )
})
