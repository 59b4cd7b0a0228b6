/** `backfill` as an operator types it: alone, killed and resumed, and beside a running engine. */
import { expect, it } from 'vitest'
import { openSqliteStore } from '../../src/spool/sqlite/store.ts'
import { localUser } from '../../src/trail/local-user.ts'
import type { PulumiEmulator } from '../emulators/pulumi/emulator.ts'
import { inventHistory } from '../emulators/pulumi/invent.ts'
import { configurationOf, startAcme } from './acme.ts'
import { eventually, openSite, type Site } from './site.ts'

const NOW = Math.floor(Date.now() / 1000)
/** Ten in the soak; each starts a process. */
const KILLS = process.env.AUDITFERRY_SOAK === '1' ? 10 : 4
const FROM = NOW - 40 * 86_400
const TO = FROM + 86_400
const timeText = (second: number) => new Date(second * 1000).toISOString()
const RANGE = ['backfill', '--source', 'acme', '--from', timeText(FROM), '--to', timeText(TO)]
const LIVE = ['live 1', 'live 2']

/** About 4,000 events over a day in the far past, in pages of 50. */
const startOld = (site: Site, latencyMs: number) =>
  startAcme(site, {
    past: inventHistory({ seed: 7, count: 4_500, newest: TO + 3_600, density: 0.05 }),
    switches: { pageSize: 50, latencyMs },
  })

function expected(acme: PulumiEmulator): string[] {
  const within = [...acme.events()].filter(({ timestamp }) => timestamp >= FROM && timestamp < TO)
  return within.map(({ timestamp, description }) => `${timestamp} ${description}`).sort()
}

/** Each uid once: what was in flight at a kill arrives twice. */
function delivered(site: Site): string[] {
  const events = site.lines('out.ndjson').map((line) => JSON.parse(line) as Record<string, string>)
  const byUid = new Map(events.map((event) => [event.uid, event]))
  return [...byUid.values()].map(({ timestamp, description }) => `${timestamp} ${description}`).sort()
}

async function trailOf(site: Site) {
  const store = openSqliteStore(site.path('data'))
  return store.trail({ limit: 99 }).finally(() => store.close())
}

it.concurrent('brings exactly the range, also if it is killed and continued', async () => {
  await using site = openSite()
  const acme = await startOld(site, 10)
  site.configure(configurationOf(acme))
  const dry = await site.run([...RANGE, '--dry-run', '--json'])
  const wanted = expected(acme)
  expect(JSON.parse(dry.stdout)).toMatchObject({ dryRun: true, events: wanted.length, new: wanted.length })
  expect(dry.code).toBe(0)
  expect(site.lines('out.ndjson')).toEqual([])

  // Each is to be killed on its way, however late this sees how far it is.
  acme.set({ latencyMs: 500 })
  for (let kill = 0; kill < KILLS; kill++) {
    const asked = acme.requests.length
    const program = site.start(RANGE)
    await eventually(() => expect(acme.requests.length).toBeGreaterThan(asked + 8))
    program.signal('SIGKILL')
    await program.ended
  }
  acme.set({ latencyMs: 0 })
  const other = await site.run([
    'backfill',
    '--source',
    'acme',
    '--from',
    timeText(FROM),
    '--to',
    timeText(TO + 60),
  ])
  expect(other).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('another backfill of acme is not at its end'),
  })
  const last = await site.run([...RANGE, '--json'])
  expect(last.code).toBe(0)
  expect(JSON.parse(last.stdout)).toMatchObject({
    events: wanted.length,
    new: wanted.length,
    gaps: 0,
    share: 1,
  })
  expect(delivered(site)).toEqual(wanted)

  const again = await site.run(RANGE)
  expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('events, 0 of them new') })
  expect(delivered(site)).toEqual(wanted)
  const [entry, ...before] = await trailOf(site)
  const asked = { source: 'acme', from: timeText(FROM).replace('.000', ''), dryRun: false }
  expect(entry).toMatchObject({ user: localUser(), action: 'backfill-started', details: asked })
  expect(before.at(-1)).toMatchObject({ action: 'backfill-started', details: { dryRun: true } })
})

it.concurrent('goes through the running engine, whose live events keep their pace', async () => {
  await using site = openSite()
  const acme = await startOld(site, 2_000)
  site.configure(configurationOf(acme))
  await site.serve()
  const command = site.start([...RANGE, '--parts', '4', '--json'])
  let isOver = false
  const over = () => {
    isOver = true
  }
  command.ended.then(over, over)
  await eventually(() => expect(site.lines('out.ndjson').length).toBeGreaterThan(50))
  // A poll comes every second and takes an answer or two; the walk has twenty to wait for, one after another.
  for (const description of LIVE) {
    acme.add([{ timestamp: Math.floor(Date.now() / 1000), description }])
    await eventually(() => expect(site.delivered()).toContain(description))
    expect(isOver, `${description} before the end of the backfill`).toBe(false)
  }
  acme.set({ latencyMs: 0 })
  const { code, stdout } = await command.ended
  const wanted = expected(acme)
  expect({ code, ...JSON.parse(stdout) }).toMatchObject({
    code: 0,
    events: wanted.length,
    new: wanted.length,
  })
  await eventually(() => expect(delivered(site)).toHaveLength(wanted.length + LIVE.length))
  const again = await site.run([...RANGE, '--json'])
  expect(JSON.parse(again.stdout)).toMatchObject({ events: wanted.length, new: 0 })
})

it.concurrent('is cancelled, in the running engine and without one; then another range is accepted', async () => {
  await using site = openSite()
  const acme = await startOld(site, 100)
  site.configure(configurationOf(acme))
  const cancel = ['backfill', '--cancel', '--source', 'acme']
  const walk = [...RANGE, '--parts', '1', '--json']
  const other = ['backfill', '--source', 'acme', '--from', timeText(FROM - 7_200), '--to', timeText(FROM)]

  const engine = await site.serve()
  const watched = site.start(walk)
  await eventually(() => expect(site.lines('out.ndjson').length).toBeGreaterThan(50))
  // The remaining pages take minutes: the walk must last until it is cancelled, however long two commands take to
  // start.
  acme.set({ latencyMs: 2_000 })
  expect((await site.run(other)).code).toBe(2)
  const told = await site.run([...cancel, '--json'])
  expect({ code: told.code, ...JSON.parse(told.stdout) }).toEqual({
    code: 0,
    source: 'acme',
    cancelled: true,
  })
  const { code, stdout, stderr } = await watched.ended
  expect({ code, ...JSON.parse(stdout) }).toMatchObject({ code: 3, cancelled: true })
  expect(stderr).toContain('the backfill was cancelled; what it has spooled stays')
  expect(JSON.parse(stdout).share).toBeLessThan(1)
  acme.set({ latencyMs: 100 })
  expect(await site.run(cancel)).toMatchObject({ code: 0, stdout: 'No backfill of acme is under way.\n' })
  expect((await site.run(other)).code).toBe(0)
  engine.signal('SIGTERM')
  await engine.ended

  const asked = acme.requests.length
  const killed = site.start(walk)
  await eventually(() => expect(acme.requests.length).toBeGreaterThan(asked + 5))
  killed.signal('SIGKILL')
  await killed.ended
  expect((await site.run(other)).code).toBe(2)
  expect(await site.run(cancel)).toMatchObject({ code: 0, stdout: 'Cancelled; what it has spooled stays.\n' })
  expect((await site.run(other)).code).toBe(0)
  acme.set({ latencyMs: 0 })
  expect((await site.run(RANGE)).code).toBe(0)
  expect(delivered(site)).toEqual(expect.arrayContaining(expected(acme)))
})

it.concurrent.each([
  [['--from', 'yesterday', '--to', 'now'], '--from: expected a time'],
  [['--from', '1h', '--to', '2h'], '--from must lie before --to'],
  [['--from', '1h'], 'say from when on and until when'],
  [['--from', '1h', '--to', '2099-01-01'], '--to must not lie in the future'],
  [['--from', '2h', '--to', '1h', '--parts', '0'], '--parts: expected a number from 1 to 64'],
])('refuses %s', async (options, message) => {
  await using site = openSite()
  site.configure(configurationOf({ url: 'http://127.0.0.1:9', token: 'pul-x', organization: 'acme' }))
  const refused = await site.run(['backfill', '--source', 'acme', ...options])
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining(message) })
})

it.concurrent('refuses a source that does not exist', async () => {
  await using site = openSite()
  site.configure(configurationOf({ url: 'http://127.0.0.1:9', token: 'pul-x', organization: 'acme' }))
  const unknown = await site.run(['backfill', '--source', 'acne', '--from', '2h', '--to', '1h'])
  expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('no source acne; there is acme') })
})
