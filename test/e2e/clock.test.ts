/** The machine's clock jumps by hours while the program runs: polls, retries and batches go on as if it hadn't. */

import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { expect, it } from 'vitest'
import { listen } from '../loopback.ts'
import { configurationOf, descriptionsOf, FILE_SINK, recentEvents, startAcme } from './acme.ts'
import { eventually, openSite, type Site } from './site.ts'

const HOUR_MS = 3_600_000
const PRELOAD = new URL('./set-clock.mjs', import.meta.url).href

it('whatever waits continues on time if the clock is set back, and if it is set ahead', async () => {
  await using site = openSite()
  const clock = openClock(site)
  const hook = await startHook(site)
  const acme = await startAcme(site)
  const bot = { type: 'webhook', endpoint: hook.url, retry: { max_backoff: '1s', give_up_after: '10m' } }
  const local = { ...FILE_SINK, batch: { max_age: '1s' } }
  site.configure(configurationOf(acme, { sinks: { bot, local } }))
  await site.serve({ env: clock.env })
  let events = 0
  const happens = () => {
    acme.add(recentEvents(5, events + 1))
    events += 5
  }
  const arrived = () =>
    eventually(() => {
      expect(new Set(site.delivered())).toEqual(new Set(descriptionsOf(events)))
      expect(hook.taken.size).toBe(events)
    })

  happens()
  await arrived()
  for (const hours of [5, -24, 0]) {
    hook.status = 503
    happens()
    await hook.isAskedAgain()
    clock.set(hours)
    // Nor has the sink been failing for hours.
    await hook.isAskedAgain()
    hook.status = 204
    happens()
    await arrived()
  }
})

function openClock(site: Site) {
  const file = site.path('clock')
  const set = (hours: number) => writeFileSync(file, String(hours * HOUR_MS))
  set(0)
  return { set, env: { NODE_OPTIONS: `--import ${PRELOAD}`, AUDITFERRY_TEST_CLOCK: file } }
}

/** Answers with `status`; what it accepted with a 204 is in `taken`. */
async function startHook(site: Site) {
  let asked = 0
  const isAskedAgain = () => {
    const before = asked
    return eventually(() => expect(asked).toBeGreaterThan(before + 1))
  }
  const hook = { url: '', status: 204, isAskedAgain, taken: new Set<string>() }
  const server = createServer(async (request, response) => {
    const { data } = JSON.parse((await request.toArray()).join(''))
    asked++
    if (hook.status === 204) hook.taken.add(data.uid)
    response.writeHead(hook.status).end()
  })
  const port = await listen(server)
  site.defer(() => server.close())
  hook.url = `http://127.0.0.1:${port}/`
  return hook
}
