/**
 * A Redis that can't be used when the program starts: a single pass ends with the reason, the service reports it and
 * waits.
 */
import { expect, it } from 'vitest'
import { freePort } from '../loopback.ts'
import { startRedis } from '../redis/server.ts'
import { configurationOf, recentEvents, startAcme } from './acme.ts'
import { eventually, openSite, type Served, type Site, seen } from './site.ts'

async function configured(site: Site, url: string) {
  const acme = await startAcme(site)
  acme.add(recentEvents(3))
  site.configure(configurationOf(acme, { state: { type: 'redis', url } }))
  return acme
}

it.concurrent('a single pass gives up on it after its patience, and says why', async () => {
  await using site = openSite()
  const port = await freePort()
  await configured(site, `redis://127.0.0.1:${port}`)
  const { code, stderr } = await site.run(['run', '--once'])
  expect(stderr).toMatch(
    new RegExp(`^auditferry: Redis at 127\\.0\\.0\\.1:${port} can't be reached: .*ECONNREFUSED`, 'm'),
  )
  expect(code).toBe(1)
})

it.concurrent('ends with the reason if a key holds something else', async () => {
  await using site = openSite()
  const redis = site.keep(await startRedis())
  await configured(site, redis.url)
  await redis.client().hset('auditferry:{acme}:state', 'state', '{{{{')
  const { code, stderr } = await site.run(['run'])
  expect(stderr).toMatch(/^auditferry: Redis holds something else under the key auditferry:\{acme\}:state/m)
  expect(code).toBe(1)
})

const readiness = async ({ url }: Served) => (await fetch(`${url}/readyz`)).text()

it.concurrent('the service waits for one whose memory is full, also when it reloads its configuration', async () => {
  await using site = openSite()
  const redis = site.keep(await startRedis())
  const acme = await configured(site, redis.url)
  const client = redis.client()
  const told = new RegExp(`Redis at 127\\.0\\.0\\.1:${redis.port} takes no writes: OOM`)
  await client.config('SET', 'maxmemory', '1')
  const engine = await site.serve()
  await eventually(async () => expect(await readiness(engine)).toMatch(told))
  await client.config('SET', 'maxmemory', '0')
  // The lines of the file don't show it: they are there before Redis knows, and come again if it never does.
  await eventually(async () =>
    expect(await engine.status()).toMatchObject({
      sinks: { local: { delivered: 3 } },
      spool: { events: 0 },
    }),
  )

  await client.config('SET', 'maxmemory', '1')
  engine.signal('SIGHUP')
  // Until then it tries once a second, on a slow machine once or never; from then on it waits for Redis.
  await seen(engine, /configuration read again.*"url":"http.*(Redis takes no writes)/s)
  acme.add(recentEvents(1, 4))
  await client.config('SET', 'maxmemory', '0')
  await eventually(() => expect(site.delivered()).toHaveLength(4))
  const tries = engine.stderr().match(/.*the engine could not be opened.*/g) ?? []
  const times = tries.map((line) => Date.parse(JSON.parse(line).timestamp))
  const waits = times.slice(1).map((time, at) => time - (times[at] ?? 0))
  expect(Math.min(...waits)).toBeGreaterThan(900)
})

it.concurrent('status shows that it takes no writes, and a single pass ends with the reason', async () => {
  await using site = openSite()
  const redis = site.keep(await startRedis())
  await configured(site, redis.url)
  expect((await site.run(['run', '--once'])).code).toBe(0)
  await redis.client().config('SET', 'min-replicas-to-write', '1')
  const told = expect.stringMatching(/^Redis at \S+ takes no writes: NOREPLICAS .*min-replicas-to-write/)
  const { stdout } = await site.run(['status', '--json'])
  const stuck = { state: 'stuck', reason: told }
  expect(JSON.parse(stdout)).toMatchObject({
    state: 'stuck',
    sources: { acme: { ...stuck, events: 3 } },
    sinks: { local: { ...stuck, delivered: 3 } },
  })
  const { code, stderr } = await site.run(['run', '--once'])
  expect(stderr).toMatch(/^auditferry: Redis at \S+ takes no writes: NOREPLICAS/m)
  expect(code).toBe(1)
})
