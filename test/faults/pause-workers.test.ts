/** A sink that an operator pauses is paused for every worker, whoever holds its lane, and whoever is killed meanwhile. */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import type { Served } from '../e2e/site.ts'
import { eventually } from '../e2e/site.ts'
import { openCrew } from './crew.ts'

const order = (url: string) =>
  fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' })

it('holds a sink for all workers until it is resumed, and loses nothing', async () => {
  await using crew = await openCrew(2)
  const [first, second] = crew.workers as [Served, Served]
  await crew.flowing()
  // A worker that has just come may still be opening its store.
  await eventually(async () =>
    expect((await order(`${second.url}/api/v1/sinks/hook0/pause`)).status).toBe(200),
  )
  const delivered = async () => (await first.status()).sinks.hook0?.delivered ?? 0
  // What was in flight comes to its end, and each worker looks once a second.
  await sleep(4_000)
  const before = await delivered()
  first.signal('SIGKILL')
  await crew.hire()
  await sleep(8_000)
  const { hook0, hook1 } = (await second.status()).sinks
  expect(hook0).toMatchObject({ delivered: before, state: 'paused' })
  expect(hook0?.reason).toMatch(/^paused by local at /)
  expect(hook0?.backlogEvents).toBeGreaterThan(0)
  expect(hook1?.delivered).toBeGreaterThan(before)

  const { code, stdout } = await crew.site.run(['resume', 'hook0', '--json'])
  expect([code, JSON.parse(stdout)]).toEqual([0, { kind: 'sink', id: 'hook0', paused: false }])
  const { lost, strange, spooled, events } = await crew.settled()
  expect({ lost, strange, spooled }).toEqual({ lost: [], strange: [], spooled: events })
})

it('polls a paused source no more, and goes on soon after it is resumed', async () => {
  await using crew = await openCrew(2)
  const [first, second] = crew.workers as [Served, Served]
  await crew.flowing()
  await order(`${first.url}/api/v1/sources/acme/pause`)
  await sleep(3_000)
  const { requests, checkpoint } = (await second.status()).sources.acme ?? {}
  await sleep(4_000)
  const acme = (await second.status()).sources.acme
  expect(acme).toMatchObject({ state: 'paused', requests, checkpoint })
  expect(acme?.reason).toMatch(/^paused by local at /)
  await order(`${second.url}/api/v1/sources/acme/resume`)
  await crew.flowing()
  await eventually(async () => expect((await first.status()).sources.acme?.reason).toBe(''))
  const { lost, strange } = await crew.settled()
  expect({ lost, strange }).toEqual({ lost: [], strange: [] })
})
