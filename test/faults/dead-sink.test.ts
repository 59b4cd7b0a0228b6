/** A dead sink delays no other, and gets everything once it is back; also if the engine is killed meanwhile. */
import { expect, it } from 'vitest'
import { configurationOf, descriptionsOf, FILE_SINK, recentEvents, startAcme } from '../e2e/acme.ts'
import { eventually, openSite } from '../e2e/site.ts'
import { openTap } from '../e2e/tap.ts'

it('a dead sink delays no other; once it is back it gets everything, although the engine was killed meanwhile', async () => {
  await using site = openSite()
  const acme = await startAcme(site)
  const tap = await openTap(site, 0)
  acme.add(recentEvents(20))
  const dead = { ...tap.sink, retry: { max_backoff: '1s' }, batch: { max_events: 7 } }
  const configure = (more: object) =>
    site.configure(configurationOf(acme, { sinks: { dead: { ...dead, ...more }, local: FILE_SINK } }))
  configure({ timeout: '1s' })

  const first = await site.serve()
  await eventually(() => expect(site.delivered()).toHaveLength(20))
  await eventually(async () =>
    expect((await first.status()).sinks).toMatchObject({
      dead: { state: 'throttled' },
      local: { delivered: 20 },
    }),
  )
  // What has been counted is stored before the engine answers again: the kill repeats none of it.
  await first.status()
  first.signal('SIGKILL')
  await first.ended

  // Now it refuses instead of saying nothing: what it takes in the end must not come too late for a time-out of a second.
  tap.status = 503
  configure({})
  acme.add(recentEvents(20, 21))
  const second = await site.serve()
  await eventually(() => expect(site.delivered()).toHaveLength(40))
  await eventually(async () =>
    expect((await second.status()).sinks).toMatchObject({
      dead: { delivered: 0, backlogEvents: 40 },
      local: { delivered: 40, backlogEvents: 0 },
    }),
  )

  tap.status = 200
  await eventually(() => expect(tap.taken).toHaveLength(40))
  await eventually(async () =>
    expect((await second.status()).sinks.dead).toMatchObject({ delivered: 40, state: 'idle' }),
  )
  second.signal('SIGTERM')
  expect(await second.ended).toMatchObject({ code: 0 })
  const all = [...descriptionsOf(20), ...descriptionsOf(20, 21)].toSorted()
  expect({ dead: tap.taken.toSorted(), local: site.delivered().toSorted() }).toEqual({
    dead: all,
    local: all,
  })
})
