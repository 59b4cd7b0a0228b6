/**
 * `backfill --sink` as an operator types it: a sink that is added later gets its history, and no other sink gets it
 * again.
 */
import { expect, it } from 'vitest'
import type { PulumiEmulator } from '../emulators/pulumi/emulator.ts'
import { inventHistory } from '../emulators/pulumi/invent.ts'
import { startRedis } from '../redis/server.ts'
import { configurationOf, FILE_SINK, recentEvents, startAcme } from './acme.ts'
import { eventually, openSite, type Site } from './site.ts'
import { openTap } from './tap.ts'

const NOW = Math.floor(Date.now() / 1000)
const KILLS = process.env.AUDITFERRY_SOAK === '1' ? 10 : 2
const FROM = NOW - 40 * 86_400
const TO = FROM + 86_400
const timeText = (second: number) => new Date(second * 1000).toISOString()
const RANGE = ['--source', 'acme', '--from', timeText(FROM), '--to', timeText(TO)]
const COMMAND = ['backfill', ...RANGE, '--sink', 'late']
const LATE = { type: 'file', path: './late.ndjson' }

/** About 2,000 events over a day in the far past, in pages of 50, and twenty of the last hour. */
async function startOld(site: Site, latencyMs: number): Promise<PulumiEmulator> {
  const acme = await startAcme(site, {
    past: inventHistory({ seed: 7, count: 2_000, newest: TO - 60, density: 0.03 }),
    switches: { pageSize: 50, latencyMs },
  })
  acme.add(recentEvents(20))
  return acme
}

const wantedOf = (acme: PulumiEmulator) =>
  [...acme.events()].filter(({ timestamp }) => timestamp >= FROM && timestamp < TO).length

const uidsOf = (site: Site, name: string) =>
  site.lines(name).map((line) => (JSON.parse(line) as { uid: string }).uid)

it.concurrent('brings a sink its history, also if it is killed and continued, and a second one adds nothing', async () => {
  await using site = openSite()
  const acme = await startOld(site, 10)
  site.configure(configurationOf(acme))
  expect((await site.run(['run', '--once'])).code).toBe(0)
  expect(site.lines('out.ndjson')).toHaveLength(20)
  site.configure(configurationOf(acme, { sinks: { local: FILE_SINK, late: LATE } }))
  const wanted = wantedOf(acme)

  const dry = await site.run([...COMMAND, '--dry-run'])
  expect(dry.stdout).toContain(`late: ${wanted.toLocaleString('en')} that it lacked would be queued`)
  // Each is to be killed on its way, however late this sees how far it is.
  acme.set({ latencyMs: 500 })
  for (let kill = 0; kill < KILLS; kill++) {
    const asked = acme.requests.length
    const program = site.start(COMMAND)
    await eventually(() => expect(acme.requests.length).toBeGreaterThan(asked + 8))
    program.signal('SIGKILL')
    await program.ended
  }
  acme.set({ latencyMs: 0 })
  const all = await site.run(['backfill', ...RANGE])
  expect(all).toMatchObject({ code: 2, stderr: expect.stringContaining('--sink late') })
  const last = await site.run([...COMMAND, '--json'])
  expect({ code: last.code, ...JSON.parse(last.stdout) }).toMatchObject({
    code: 0,
    events: wanted,
    new: wanted,
    sinks: { late: { queued: wanted, filtered: 0, failed: 0 } },
    cancelled: false,
  })
  expect(new Set(uidsOf(site, 'late.ndjson')).size).toBe(wanted)
  expect(site.lines('out.ndjson')).toHaveLength(20)

  const copies = site.lines('late.ndjson').length
  const again = await site.run([...COMMAND, '--json'])
  expect(JSON.parse(again.stdout)).toMatchObject({ events: wanted, new: 0 })
  expect(site.lines('late.ndjson')).toHaveLength(copies)
  const { sinks } = await site.status()
  expect(sinks.late).toMatchObject({ delivered: 0, filtered: 0, deadLettered: 0 })
  expect(sinks.late?.replayed).toBeGreaterThanOrEqual(wanted)
})

it.concurrent('goes through the running engine, beside its live flow', async () => {
  await using site = openSite()
  const acme = await startOld(site, 10)
  site.configure(configurationOf(acme, { sinks: { local: FILE_SINK, late: LATE } }))
  const engine = await site.serve()
  const command = site.start([...COMMAND, '--json'])
  acme.add([{ timestamp: Math.floor(Date.now() / 1000), description: 'live' }])
  const { code, stdout } = await command.ended
  const wanted = wantedOf(acme)
  expect({ code, ...JSON.parse(stdout) }).toMatchObject({ code: 0, events: wanted, new: wanted })
  // For both sinks, and by the store's own account: the lines are written earlier, and reconcile would say that they
  // wait.
  await eventually(async () =>
    expect((await engine.status()).sinks).toMatchObject({
      late: { delivered: 21, replayed: wanted, backlogEvents: 0 },
      local: { delivered: 21, replayed: 0, backlogEvents: 0 },
    }),
  )
  expect(site.lines('late.ndjson')).toHaveLength(wanted + 21)
  expect(site.lines('out.ndjson')).toHaveLength(21)

  // Neither too few nor too many.
  const checked = await site.run(['reconcile', ...RANGE.slice(2), '--json'])
  expect({ code: checked.code, ...JSON.parse(checked.stdout) }).toMatchObject({ code: 0, complete: true })
})

it.concurrent('is complete for reconcile if other sinks had the events before', async () => {
  await using site = openSite()
  const acme = await startOld(site, 0)
  site.configure(configurationOf(acme))
  expect((await site.run(['run', '--once'])).code).toBe(0)
  site.configure(configurationOf(acme, { sinks: { local: FILE_SINK, late: LATE } }))
  const recent = ['backfill', '--source', 'acme', '--from', '1h', '--to', 'now', '--sink', 'late']
  expect(await site.run(recent)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('late: 20 that it lacked were queued'),
  })
  const { code, stdout } = await site.run(['reconcile', '--from', '1h', '--json'])
  expect({ code, ...JSON.parse(stdout) }).toMatchObject({
    code: 0,
    sinks: { late: { complete: true, found: { events: 20, missing: [], extra: [] } } },
  })
})

it.concurrent('works on a shared state', async () => {
  await using site = openSite()
  const redis = site.keep(await startRedis())
  const acme = await startOld(site, 0)
  const state = { type: 'redis', url: redis.url }
  site.configure(configurationOf(acme, { sinks: { local: FILE_SINK, late: LATE }, state }))
  const first = await site.run([...COMMAND, '--json'])
  const wanted = wantedOf(acme)
  expect({ code: first.code, ...JSON.parse(first.stdout) }).toMatchObject({ code: 0, new: wanted })
  const again = await site.run([...COMMAND, '--json'])
  expect(JSON.parse(again.stdout)).toMatchObject({ events: wanted, new: 0 })
  expect(site.lines('late.ndjson')).toHaveLength(wanted + 20)
  expect(site.lines('out.ndjson')).toHaveLength(20)
})

it.concurrent('ends with 3 while a sink is dead, and says what waits; so does a backfill for all sinks', async () => {
  await using site = openSite()
  const acme = await startOld(site, 0)
  const tap = await openTap(site, 503)
  site.configure(configurationOf(acme, { sinks: { local: FILE_SINK, late: tap.sink } }))
  const wanted = wantedOf(acme)
  const some = await site.run(COMMAND)
  expect(some.code).toBe(3)
  expect(some.stderr).toContain(`sink late: ${wanted} events of a replay not sent`)
  expect(site.lines('out.ndjson')).toHaveLength(20)
  const all = await site.run(['backfill', ...RANGE])
  expect(all.code).toBe(3)
  expect(all.stderr).toMatch(/sink late: \d+ events undelivered \(HTTP 503/)
  expect(site.lines('out.ndjson')).toHaveLength(wanted + 20)
  tap.status = 200
  expect((await site.run(['run', '--once'])).code).toBe(0)
  expect(new Set(tap.taken).size).toBeGreaterThan(20)
})

it.concurrent('refuses a sink that does not exist, is disabled, or takes from other sources', async () => {
  await using site = openSite()
  const elsewhere = { url: 'http://127.0.0.1:9', token: 'pul-x', organization: 'acme' }
  const config = configurationOf(elsewhere, {
    sinks: { local: FILE_SINK, off: { ...LATE, enabled: false } },
  })
  site.configure(config)
  const refused = (sink: string) => site.run(['backfill', ...RANGE, '--sink', 'local', '--sink', sink])
  expect(await refused('locl')).toMatchObject({
    code: 2,
    stderr: 'auditferry: there is no sink locl; there are local, off (did you mean local?)\n',
  })
  expect(await refused('off')).toMatchObject({ code: 2, stderr: expect.stringContaining('off is disabled') })
})
