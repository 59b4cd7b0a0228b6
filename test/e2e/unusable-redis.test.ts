/** A Redis that can't be used when the program starts: a single pass ends with the reason, the service tells and waits. */
import { expect, it } from 'vitest'
import { freePort, startRedis } from '../redis/server.ts'
import { configurationOf, recentEvents, startAcme } from './acme.ts'
import { openSite, type Site } from './site.ts'

async function configured(site: Site, url: string) {
  const acme = await startAcme(site)
  acme.add(recentEvents(3))
  site.configure(configurationOf(acme, { state: { type: 'redis', url } }))
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

it.concurrent('ends with the reason when a key holds something else', async () => {
  await using site = openSite()
  const redis = site.keep(await startRedis())
  await configured(site, redis.url)
  await redis.client().hset('auditferry:{acme}:state', 'state', '{{{{')
  const { code, stderr } = await site.run(['run'])
  expect(stderr).toMatch(/^auditferry: Redis holds something else under the key auditferry:\{acme\}:state/m)
  expect(code).toBe(1)
})
