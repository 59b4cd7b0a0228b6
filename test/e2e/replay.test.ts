/** `replay`: with a running engine, without one, over kills, and on Redis. */
import { expect, it } from 'vitest'
import { startRedis } from '../redis/server.ts'
import { configurationOf, descriptionsOf, FILE_SINK, recentEvents, startAcme } from './acme.ts'
import { eventually, openSite, type Site } from './site.ts'
import { openTap } from './tap.ts'

async function openWorld(site: Site, more: { state?: object } = {}) {
  const acme = await startAcme(site)
  acme.add(recentEvents(30))
  const tap = await openTap(site)
  site.configure(configurationOf(acme, { sinks: { local: FILE_SINK, hook: tap.sink }, ...more }))
  return { acme, tap }
}

const REPLAY = ['replay', '--sink', 'hook', '--from', '1h']
const all = descriptionsOf(30).sort()
/** Everything twice at one sink, once at the other. */
const twice = [...all, ...all].sort()

it.concurrent('sends a range again to one sink while the engine runs, over kills, and leaves the sums as they were', async () => {
  await using site = openSite()
  const { tap } = await openWorld(site)
  const engine = await site.serve()
  // The sinks' content does not show it: they have the events before the store knows, and get them again after a kill.
  await eventually(async () =>
    expect((await engine.status()).sinks).toMatchObject({
      local: { delivered: 30 },
      hook: { delivered: 30 },
    }),
  )

  tap.status = 0
  const before = tap.requests
  const queued = await site.run([...REPLAY, '--json'])
  expect(queued.code, queued.stderr).toBe(0)
  expect((await site.run(['replay', '--sink', 'hok', '--from', '1h'])).code).toBe(2)
  expect(JSON.parse(queued.stdout)).toMatchObject({
    sink: 'hook',
    queued: 30,
    filtered: 0,
    failed: 0,
    missing: [],
  })
  await eventually(() => expect(tap.requests).toBeGreaterThan(before))
  engine.signal('SIGKILL')
  await engine.ended

  tap.status = 200
  const next = await site.serve()
  await eventually(() => expect([...tap.taken].sort()).toEqual(twice))
  await eventually(async () =>
    expect((await next.status()).sinks.hook).toMatchObject({
      delivered: 30,
      filtered: 0,
      deadLettered: 0,
      replayed: 30,
      state: 'idle',
    }),
  )
  expect(site.delivered().sort()).toEqual(all)
})

it.concurrent('without an engine, queues for the next run, finds single uids, and names those that cannot be found', async () => {
  await using site = openSite()
  const { tap } = await openWorld(site)
  expect((await site.run(['run', '--once'])).code).toBe(0)
  const uid = JSON.parse(site.lines('out.ndjson')[4] ?? '').uid as string
  const nowhere = '0'.repeat(64)
  const queued = await site.run([...REPLAY, '--uid', uid, '--uid', nowhere])
  expect(queued.code).toBe(3)
  expect(queued.stdout).toContain('Queued for hook: 1; the next run sends them.')
  expect(queued.stdout).toContain(nowhere)
  expect(queued.stdout).not.toContain(uid)

  tap.status = 401
  const paused = await site.run(['run', '--once'])
  expect(paused.code).toBe(3)
  expect(paused.stderr).toContain('sink hook: 1 event of a replay not sent')
  tap.status = 200
  expect((await site.run(['run', '--once'])).code).toBe(0)
  expect(tap.taken).toHaveLength(31)
  expect(tap.taken[30]).toBe(site.delivered()[4])

  const unknown = await site.run(['replay', '--sink', 'hok', '--from', '1h'])
  expect([unknown.code, unknown.stderr.trim()]).toEqual([
    2,
    'auditferry: there is no sink hok; there are local, hook (did you mean hook?)',
  ])
})

it.concurrent('works on a shared state, beside a worker and without one', async () => {
  await using site = openSite()
  const redis = site.keep(await startRedis())
  const { tap } = await openWorld(site, { state: { type: 'redis', url: redis.url } })
  expect((await site.run(['run', '--once'])).code).toBe(0)
  expect((await site.run(REPLAY)).code).toBe(0)
  expect((await site.run(['run', '--once'])).code).toBe(0)
  expect([...tap.taken].sort()).toEqual(twice)
  const worker = await site.serve()
  expect((await site.run(REPLAY)).code).toBe(0)
  await eventually(() => expect([...tap.taken].sort()).toEqual([...twice, ...all].sort()))
  await eventually(async () =>
    expect((await worker.status()).sinks).toMatchObject({
      hook: { delivered: 30, replayed: 60 },
      local: { delivered: 30, replayed: 0 },
    }),
  )
})

it.concurrent('takes from the archive what the source no longer shows, over a kill, with an engine and without', async () => {
  await using site = openSite()
  const { acme, tap } = await openWorld(site)
  const archive = { type: 'archive', path: './archive.db' }
  const config = (it: typeof acme) => configurationOf(it, { sinks: { archive, hook: tap.sink } })
  site.configure(config(acme))
  expect((await site.run(['run', '--once'])).code).toBe(0)
  expect([...tap.taken].sort()).toEqual(all)

  // An API that shows none of the past.
  site.configure(config(await startAcme(site)))
  const engine = await site.serve()
  tap.status = 0
  const queued = await site.run(REPLAY)
  expect(queued.code, queued.stderr).toBe(0)
  expect(queued.stdout).toBe('Queued for hook: 30; the engine sends them.\n30 from the archive.\n')
  engine.signal('SIGKILL')
  await engine.ended
  tap.status = 200
  const next = await site.serve()
  await eventually(() => expect([...tap.taken].sort()).toEqual(twice))
  next.signal('SIGTERM')
  await next.ended

  const alone = JSON.parse((await site.run([...REPLAY, '--json'])).stdout)
  expect(alone).toMatchObject({ queued: 30, origins: { spool: 0, archive: 30, source: 0 } })
  await site.serve()
  await eventually(() => expect([...tap.taken].sort()).toEqual([...twice, ...all].sort()))
})
