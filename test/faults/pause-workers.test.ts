/**
 * A sink that an operator pauses is paused for every worker, whoever holds its lane, and whoever is killed meanwhile.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import type { Served } from '../e2e/site.ts'
import { eventually } from '../e2e/site.ts'
import { openCrew } from './crew.ts'

/** A worker that has just started may still be opening its store. */
const order = (url: string) =>
  eventually(async () => {
    const headers = { 'content-type': 'application/json' }
    expect((await fetch(url, { method: 'POST', headers, body: '{}' })).status).toBe(200)
  })

it.concurrent('holds a sink for all workers until it is resumed, and loses nothing', async () => {
  await using crew = await openCrew(2)
  const [first, second] = crew.workers as [Served, Served]
  await crew.flowing()
  await order(`${second.url}/api/v1/sinks/hook0/pause`)
  const sinks = async (worker: Served) => (await worker.status()).sinks
  /** Waits until the sink beside it has taken this many events. */
  const besides = async (events: number) => {
    const before = (await sinks(second)).hook1?.delivered ?? 0
    await eventually(async () =>
      expect((await sinks(second)).hook1?.delivered).toBeGreaterThan(before + events),
    )
  }
  for (const worker of [first, second])
    await eventually(async () => expect((await sinks(worker)).hook0?.state).toBe('paused'))
  // Until what was in flight is settled.
  await besides(40)
  const before = await eventually(async () => {
    const { delivered = 0 } = (await sinks(second)).hook0 ?? {}
    expect(delivered).toBe(new Set(crew.received()[0]).size)
    return delivered
  })
  first.signal('SIGKILL')
  await crew.hire()
  await besides(120)
  const { hook0, hook1 } = await sinks(second)
  expect(hook0).toMatchObject({ delivered: before, state: 'paused' })
  expect(hook0?.reason).toMatch(/^paused by local at /)
  expect(hook0?.backlogEvents).toBeGreaterThan(0)
  expect(hook1?.delivered).toBeGreaterThan(before)

  const { code, stdout } = await crew.site.run(['resume', 'hook0', '--json'])
  expect([code, JSON.parse(stdout)]).toEqual([0, { kind: 'sink', id: 'hook0', paused: false }])
  const { lost, strange, spooled, events } = await crew.settled()
  expect({ lost, strange, spooled }).toEqual({ lost: [], strange: [], spooled: events })
})

it.concurrent('does not poll a paused source, and continues soon after it is resumed', async () => {
  await using crew = await openCrew(2)
  const [first, second] = crew.workers as [Served, Served]
  await crew.flowing()
  await order(`${first.url}/api/v1/sources/acme/pause`)
  const source = async () => (await second.status()).sources.acme
  // Requests made before the pause arrived are still answered.
  await eventually(async () => {
    const asked = (await source())?.requests
    await sleep(1_500)
    expect(await source()).toMatchObject({ state: 'paused', requests: asked })
  })
  const { requests, checkpoint } = (await source()) ?? {}
  await sleep(4_000)
  const acme = await source()
  expect(acme).toMatchObject({ state: 'paused', requests, checkpoint })
  expect(acme?.reason).toMatch(/^paused by local at /)
  await order(`${second.url}/api/v1/sources/acme/resume`)
  await crew.flowing()
  await eventually(async () => expect((await first.status()).sources.acme?.reason).toBe(''))
  const { lost, strange } = await crew.settled()
  expect({ lost, strange }).toEqual({ lost: [], strange: [] })
})
