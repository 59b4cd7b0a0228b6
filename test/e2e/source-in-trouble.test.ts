/** Commands that read a range in one go, while the source fails for a moment. */
import { expect, it } from 'vitest'
import type { Reconciliation } from '../../src/reconcile/result.ts'
import type { PulumiEmulator } from '../emulators/pulumi/emulator.ts'
import { configurationOf, descriptionsOf, recentEvents, startAcme } from './acme.ts'
import { eventually, openSite, type Site } from './site.ts'

const EVENTS = 30
const all = descriptionsOf(EVENTS)

/** A refusal, a request to wait, a broken connection and a cut body: once each, in this order. */
function trouble(acme: PulumiEmulator): void {
  acme.fail({ status: 503 })
  acme.fail({ status: 429, headers: { 'retry-after': '1' } })
  acme.fail({ reset: true })
  acme.fail({ cut: true })
}

async function openWorld(site: Site, api: 'v1' | 'v2') {
  const acme = await startAcme(site, { switches: { pageSize: 7 } })
  acme.add(recentEvents(EVENTS))
  site.configure(configurationOf(acme, { source: { api, retrospect: [] } }))
  return acme
}

/** stderr may hold progress lines: the machine may be slow. */
async function done(
  site: Site,
  args: readonly string[],
  codes: readonly (number | null)[] = [0],
): Promise<string> {
  const { code, stdout, stderr } = await site.run(args)
  if (!codes.includes(code)) throw new Error(`${args[0]} ended with ${code}: ${stderr}`)
  return stdout
}

it.concurrent.each(['v1', 'v2'] as const)('%s: an export is complete all the same', async (api) => {
  await using site = openSite()
  const acme = await openWorld(site, api)
  trouble(acme)
  await done(site, ['export', '--from', '1h', '-o', 'x.ndjson'])
  expect(site.delivered('x.ndjson')).toEqual(all.toReversed())
})

it.concurrent.each(['v1', 'v2'] as const)(
  '%s: reconcile and its repair find what is missing all the same',
  async (api) => {
    await using site = openSite()
    const acme = await openWorld(site, api)
    expect((await site.run(['run', '--once'])).code).toBe(0)
    acme.insertLate({ timestamp: Math.floor(Date.now() / 1000) - 1_800, description: 'late' })
    const reconcile = async (...more: string[]): Promise<Reconciliation> => {
      trouble(acme)
      return JSON.parse(await done(site, ['reconcile', '--from', '1h', '--json', ...more], [0, 3]))
    }
    expect((await reconcile()).holes).toMatchObject([{ missing: 1, examples: [{ description: 'late' }] }])
    expect(await reconcile('--repair')).toMatchObject({ holes: [], extras: [], repaired: { events: 1 } })
    expect((await site.run(['run', '--once'])).code).toBe(0)
    expect(site.delivered().sort()).toEqual([...all, 'late'].sort())
  },
)

it.concurrent('a replay from the source queues all of it all the same', async () => {
  await using site = openSite()
  const acme = await openWorld(site, 'v2')
  expect((await site.run(['run', '--once'])).code).toBe(0)
  trouble(acme)
  const queued = await done(site, ['replay', '--sink', 'local', '--from', '1h', '--json'])
  expect(JSON.parse(queued)).toMatchObject({ queued: EVENTS, origins: { source: EVENTS } })
  expect((await site.run(['run', '--once'])).code).toBe(0)
  expect(site.delivered().sort()).toEqual([...all, ...all].sort())
})

it.concurrent.each([
  ['reconcile', '--json'],
  ['replay', '--sink', 'local'],
])('%s: a rate limit without a time is waited for, and reported', async (...command) => {
  await using site = openSite()
  const acme = await openWorld(site, 'v2')
  expect((await site.run(['run', '--once'])).code).toBe(0)
  acme.fail({ status: 429 })
  const program = site.start([...command, '--from', '1h'])
  await eventually(() => expect(program.stderr()).toMatch(/HTTP 429.*; goes on in 5 m\n/))
  program.signal('SIGTERM')
  const { code, stderr } = await program.ended
  expect({ code, stderr }).toEqual({ code: 3, stderr: expect.stringContaining('interrupted by SIGTERM') })
})

it.concurrent('export: a rate limit without a time is waited for, and reported', async () => {
  await using site = openSite()
  const acme = await openWorld(site, 'v2')
  acme.fail({ status: 429 })
  const program = site.start(['export', '--from', '1h', '-o', 'x.ndjson'])
  await eventually(() => expect(program.stderr()).toMatch(/HTTP 429.*; goes on in 5 m\n/))
  expect(acme.requests.length).toBe(1)
  program.signal('SIGTERM')
  const { code, stderr } = await program.ended
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('interrupted by SIGTERM') })
})

it.concurrent('a source that is down, or asks for a long wait, ends the command with the reason', async () => {
  await using site = openSite()
  const acme = await openWorld(site, 'v2')
  acme.fail({ status: 429, headers: { 'retry-after': '3600' } })
  const asked = acme.requests.length
  const told = await site.run(['export', '--from', '1h', '-o', 'x.ndjson'])
  expect(told).toMatchObject({ code: 1, stderr: expect.stringContaining('HTTP 429') })
  expect(acme.requests.length - asked).toBe(1)
  acme.fail({ status: 503 }, 100)
  const down = await site.run(['export', '--from', '1h', '-o', 'x.ndjson'])
  expect(down).toMatchObject({ code: 1, stderr: expect.stringContaining('HTTP 503') })
})
