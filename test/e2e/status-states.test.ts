/** The running engine reports each component's state within a poll interval, and its recovery. */
import { randomBytes } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import type { ComponentState, SinkStatus, SourceStatus } from '../../src/ops/status.ts'
import type { Fault } from '../emulators/pulumi/faults.ts'
import { configurationOf, descriptionsOf, FILE_SINK, recentEvents, startAcme } from './acme.ts'
import { eventually, openSite, type Served, seen } from './site.ts'
import { mountSmallDisk } from './small-disk.ts'
import { openTap } from './tap.ts'

const WELL: readonly ComponentState[] = ['ok', 'idle']

it.concurrent.each<[string, Fault, ComponentState, RegExp]>([
  [
    '429',
    { status: 429, headers: { 'retry-after': '3' } },
    'throttled',
    /limits the rate of requests \(HTTP 429/,
  ],
  ['500', { status: 500, headers: { 'retry-after': '3' } }, 'stuck', /could not answer \(HTTP 500/],
  ['503', { status: 503, headers: { 'retry-after': '3' } }, 'stuck', /could not answer \(HTTP 503/],
])('source: %s, then healthy again', async (_, fault, state, reason) => {
  await using site = openSite()
  const acme = await startAcme(site)
  site.configure(configurationOf(acme))
  const engine = await site.serve()
  await sourceIs(engine, WELL, /^$/)
  // Until it has been seen, however long that takes.
  acme.fail(fault, 1_000)
  await sourceIs(engine, [state], reason)
  acme.mend()
  acme.add(recentEvents(3))
  await sourceIs(engine, WELL, /^$/)
  await eventually(() => expect(site.delivered().toSorted()).toEqual(descriptionsOf(3)))
})

it.concurrent('source: refused connections are stuck, and the lag grows', async () => {
  await using site = openSite()
  const acme = await startAcme(site)
  site.configure(configurationOf(acme))
  const engine = await site.serve()
  await sourceIs(engine, WELL, /^$/)
  await acme.stop()
  const { lagSeconds } = await sourceIs(
    engine,
    ['stuck'],
    /reading the audit log of "acme" from .* failed: .*ECONNREFUSED/,
  )
  const { state, sources } = await site.status()
  expect([state, sources.acme?.state]).toEqual(['stuck', 'stuck'])
  await eventually(async () =>
    expect((await engine.status()).sources.acme?.lagSeconds).toBeGreaterThan(lagSeconds),
  )
})

// A paused source is tried again after half a minute.
it.concurrent('source: an expired token pauses; once it is renewed, while the service runs, everything arrives', async () => {
  await using site = openSite()
  const acme = await startAcme(site)
  site.configure(configurationOf(acme))
  const engine = await site.serve()
  await sourceIs(engine, WELL, /^$/)
  acme.fail({ status: 403, body: JSON.stringify({ code: 403, message: 'token expired' }) })
  acme.add(recentEvents(3))
  await sourceIs(engine, ['paused'], /HTTP 403: token expired/)
  // A separate process would be slower than the next try on a busy machine.
  expect((await engine.status()).sources.acme).toMatchObject({ state: 'paused', events: 0 })
  await seen(engine, /"level":"error","message":"(source paused: an operator must act)"/)
  await sourceIs(engine, WELL, /^$/)
  await eventually(() => expect(site.delivered().toSorted()).toEqual(descriptionsOf(3)))
  await seen(engine, /"message":"(polls succeed again)"/)
})

it.concurrent.each<[string, number, ComponentState, RegExp]>([
  ['401', 401, 'paused', /HTTP 401/],
  ['404', 404, 'paused', /HTTP 404/],
  ['429', 429, 'throttled', /HTTP 429/],
  ['503', 503, 'throttled', /HTTP 503/],
])('sink: %s while the other sink continues, then healthy again', async (_, status, state, reason) => {
  await using site = openSite()
  const acme = await startAcme(site)
  const tap = await openTap(site)
  const sinks = { bot: { ...tap.sink, retry: { max_backoff: '1s' } }, local: FILE_SINK }
  site.configure(configurationOf(acme, { sinks }))
  const engine = await site.serve()
  await sinkIs(engine, 'bot', ['idle'], /^$/)
  tap.status = status
  acme.add(recentEvents(3))
  await sinkIs(engine, 'bot', [state], reason)
  // The poll may still be running.
  const sick = await eventually(async () => {
    const { bot } = (await engine.status()).sinks
    expect(bot).toMatchObject({ backlogEvents: 3, delivered: 0, lastError: expect.stringMatching(reason) })
    return bot as SinkStatus
  })
  expect(sick.lagSeconds).toBeGreaterThanOrEqual(60)
  expect(Date.parse(sick.retryAt)).toBeGreaterThan(0)
  await eventually(async () =>
    expect((await site.status()).sinks).toMatchObject({
      bot: { state },
      local: { state: 'idle', delivered: 3 },
    }),
  )
  tap.status = 200
  const well = await sinkIs(engine, 'bot', WELL, /^$/)
  expect(well).toMatchObject({ retryAt: '', lastError: expect.stringMatching(reason) })
  await eventually(async () => {
    expect((await engine.status()).sinks.bot).toMatchObject({ backlogEvents: 0, lagSeconds: 0, delivered: 3 })
  })
  expect(tap.taken.toSorted()).toEqual(descriptionsOf(3))
  await seen(engine, /"level":"info","message":"(writes succeed again)","sink":"bot"/)
})

it.concurrent('sink: refused connections throttle', async () => {
  await using site = openSite()
  const acme = await startAcme(site)
  acme.add(recentEvents(3))
  // Nothing listens on the tcpmux port.
  const sinks = { bot: { type: 'webhook', endpoint: 'http://127.0.0.1:1/' } }
  site.configure(configurationOf(acme, { sinks }))
  const engine = await site.serve()
  await sinkIs(engine, 'bot', ['throttled'], /ECONNREFUSED 127\.0\.0\.1:1/)
  expect((await site.status()).state).toBe('throttled')
})

it.concurrent('a full spool throttles the source; nothing is dropped once the sink takes events again', async () => {
  await using site = openSite()
  const acme = await startAcme(site)
  const tap = await openTap(site, 503)
  // Random text keeps its size in the compressed spool.
  const events = recentEvents(5_000).map((event) => ({
    ...event,
    sourceIP: randomBytes(450).toString('base64'),
  }))
  acme.add(events)
  const sinks = { bot: { ...tap.sink, retry: { max_backoff: '1s' } } }
  const state = { type: 'embedded', path: './data', max_spool: '1MiB' }
  site.configure(configurationOf(acme, { source: { start: '24h' }, sinks, state }))
  const engine = await site.serve()
  await sourceIs(
    engine,
    ['throttled'],
    /the spool is full \(state\.max_spool\); polls go on when sinks have taken events/,
  )
  const { spool, sinks: held } = await engine.status()
  expect(spool.bytes).toBeGreaterThanOrEqual(spool.limitBytes)
  expect(held.bot?.backlogEvents).toBeLessThan(5_000)
  tap.status = 200
  await eventually(() => expect(new Set(tap.taken).size).toBe(5_000))
  await sourceIs(engine, WELL, /^$/)
  expect(tap.taken.toSorted()).toEqual(descriptionsOf(5_000).toSorted())
})

it.concurrent('a full disk under the state: stuck, and once there is space everything arrives, once', async ({
  skip,
}) => {
  await using site = openSite()
  if (!mountSmallDisk(site, 'data', '1500k')) skip('not allowed to mount a file system')
  const acme = await startAcme(site)
  site.configure(configurationOf(acme))
  const engine = await site.serve()
  await sourceIs(engine, WELL, /^$/)
  // Until nothing fits any more.
  expect(() => writeFileSync(site.path('data/ballast'), Buffer.alloc(1_600_000))).toThrow('ENOSPC')
  acme.add(recentEvents(500))
  await sourceIs(engine, ['stuck'], /disk is full|disk I\/O error/)
  expect(site.delivered()).toEqual([])
  rmSync(site.path('data/ballast'))
  await eventually(() => expect(site.delivered().toSorted()).toEqual(descriptionsOf(500).toSorted()))
  await sourceIs(engine, WELL, /^$/)
})

it.concurrent('an empty page does not reset the lag of a sink that waits', async () => {
  await using site = openSite()
  const acme = await startAcme(site)
  const tap = await openTap(site, 503)
  acme.add(recentEvents(3))
  site.configure(configurationOf(acme, { sinks: { bot: tap.sink } }))
  const engine = await site.serve()
  const { lagSeconds } = await sinkIs(engine, 'bot', ['throttled'], /HTTP 503/)
  const { requests } = await sourceIs(engine, ['idle'], /^$/)
  await eventually(async () => {
    const { sources, sinks, state } = await engine.status()
    expect(sources.acme?.requests).toBeGreaterThan(requests + 1)
    expect(sinks.bot?.lagSeconds).toBeGreaterThan(lagSeconds)
    expect(state).toBe('throttled')
  })
})

/** Waits until the source is in one of these states, for a reason that matches. */
function sourceIs(engine: Served, states: readonly ComponentState[], reason: RegExp): Promise<SourceStatus> {
  return eventually(async () => isSo((await engine.status()).sources.acme, states, reason))
}

function sinkIs(
  engine: Served,
  id: string,
  states: readonly ComponentState[],
  reason: RegExp,
): Promise<SinkStatus> {
  return eventually(async () => isSo((await engine.status()).sinks[id], states, reason))
}

function isSo<Component extends { state: ComponentState; reason: string }>(
  component: Component | undefined,
  states: readonly ComponentState[],
  reason: RegExp,
): Component {
  if (component === undefined) throw new Error('there is no such component')
  expect(states).toContain(component.state)
  expect(component.reason).toMatch(reason)
  return component
}
