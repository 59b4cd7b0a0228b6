/**
 * Health, readiness and metrics of the running engine after real traffic: every name of the interface, and sums that
 * match.
 */
import { expect, it } from 'vitest'
import { configurationOf, FILE_SINK, recentEvents, startAcme } from './acme.ts'
import { eventually, opened, openSite, type Served } from './site.ts'
import { openTap } from './tap.ts'

const NAMES = [
  'events_polled_total{source}',
  'events_spooled_total{source}',
  'events_late_total{source}',
  'events_delivered_total{sink}',
  'events_filtered_total{rule,sink}',
  'events_dead_lettered_total{sink}',
  'events_quarantined_total{source}',
  'source_requests_total{source,status}',
  'sink_requests_total{outcome,sink}',
  'sink_request_duration_seconds_bucket{le,sink}',
  'delivery_latency_seconds_bucket{le,sink}',
  'late_seconds_bucket{le,source}',
  'source_lag_seconds{source}',
  'sink_lag_seconds{sink}',
  'sink_backlog_events{sink}',
  'spool_bytes{}',
  'spool_limit_bytes{}',
  'gaps_total{source}',
  'component_state{component,state}',
].map((name) => `auditferry_${name}`)

it.concurrent('metrics: what was spooled is delivered, filtered or dead-lettered, sink by sink', async () => {
  await using site = openSite()
  const acme = await startAcme(site)
  const tap = await openTap(site)
  const events = recentEvents(40)
  acme.add(events.map((event, at) => ({ ...event, event: at % 4 === 0 ? 'user-login' : 'stack-created' })))
  const [first] = recentEvents(1)
  acme.add([{ ...events[0], timestamp: first?.timestamp ?? 0, verbatim: { json: '{"no":"record"}' } }])
  const sinks = {
    local: FILE_SINK,
    logins: { ...tap.sink, where: 'action == "user-login"' },
    // Logins have no project, so the expression fails on them.
    odd: { type: 'file', path: './odd.ndjson', where: 'target.project == "web"' },
  }
  // Only one poll: a second one would be counted on one side of the comparison below before the other.
  site.configure(configurationOf(acme, { source: { poll_every: '1h' }, sinks }))
  const engine = await site.serve()
  await eventually(async () => {
    const { sinks: now, sources } = await engine.status()
    expect(sources.acme?.events).toBe(40)
    expect(
      Object.values(now).map(({ delivered, filtered, deadLettered }) => delivered + filtered + deadLettered),
    ).toEqual([40, 40, 40])
  })
  const metrics = await scrape(engine)
  expect([...new Set(metrics.map(({ shape }) => shape))]).toEqual(expect.arrayContaining(NAMES))

  const value = (name: string, labels: object = {}) => sum(metrics, name, labels)
  expect(value('events_spooled_total', { source: 'acme' })).toBe(40)
  expect(value('events_polled_total', { source: 'acme' })).toBeGreaterThanOrEqual(40)
  expect(value('events_quarantined_total', { source: 'acme' })).toBe(1)
  expect(value('source_requests_total', { source: 'acme', status: '200' })).toBe(
    acme.requests.filter(({ status }) => status === 200).length,
  )
  const { sinks: status } = await engine.status()
  for (const sink of Object.keys(sinks)) {
    const counts = {
      delivered: value('events_delivered_total', { sink }),
      filtered: value('events_filtered_total', { sink }),
      deadLettered: value('events_dead_lettered_total', { sink }),
    }
    expect(status[sink]).toMatchObject(counts)
    expect(counts.delivered + counts.filtered + counts.deadLettered).toBe(40)
    expect(value('delivery_latency_seconds_count', { sink })).toBe(counts.delivered)
    expect(value('sink_backlog_events', { sink })).toBe(0)
  }
  expect([value('events_filtered_total', { sink: 'logins' }), tap.taken.length]).toEqual([30, 10])
  expect(value('events_dead_lettered_total', { sink: 'odd' })).toBeGreaterThan(0)
  for (const component of ['acme', ...Object.keys(sinks)])
    expect(value('component_state', { component })).toBe(1)
})

it.concurrent('health and readiness: a broken sink makes it neither dead nor unready', async () => {
  await using site = openSite()
  const acme = await startAcme(site)
  const tap = await openTap(site, 401)
  acme.add(recentEvents(3))
  site.configure(configurationOf(acme, { sinks: { bot: tap.sink } }))
  const { url, status, signal, ended } = await site.serve()
  await eventually(async () => expect((await status()).sinks.bot?.state).toBe('paused'))
  for (const [path, body] of [
    ['/healthz', { ok: true }],
    ['/readyz', { ready: true, reasons: [] }],
  ] as const) {
    const answer = await fetch(url + path)
    expect([answer.status, await answer.json()]).toEqual([200, body])
  }
  expect((await fetch(`${url}/nowhere`)).status).toBe(404)
  signal('SIGTERM')
  expect(await ended).toMatchObject({ code: 0 })
  await expect(fetch(`${url}/healthz`)).rejects.toThrow()
})

it.concurrent('an admin token protects the API, and admits commands that read the same configuration', async () => {
  await using site = openSite()
  const acme = await startAcme(site)
  site.configure(configurationOf(acme, { server: { listen: '127.0.0.1:0', admin_token: 'let-me-in-1234' } }))
  const engine = await site.serve()
  await opened(engine)
  const { url } = engine
  expect((await fetch(`${url}/api/v1/status`)).status).toBe(401)
  const allowed = await fetch(`${url}/api/v1/status`, { headers: { authorization: 'Bearer let-me-in-1234' } })
  expect(allowed.status).toBe(200)
  expect((await site.status()).startedAt).not.toBe('')
})

interface Sample {
  /** `name{label,label}`, with the labels in order. */
  readonly shape: string
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

async function scrape({ url }: Served): Promise<Sample[]> {
  const lines = (await (await fetch(`${url}/metrics`)).text()).split('\n')
  return lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [, name = '', inner = '', value] = /^(\w+)(?:\{(.*)\})? (\S+)/.exec(line) ?? []
      const labels = Object.fromEntries(
        [...inner.matchAll(/(\w+)="([^"]*)"/g)].map(([, key, text]) => [key, text]),
      )
      return {
        shape: `${name}{${Object.keys(labels).toSorted().join(',')}}`,
        name,
        labels,
        value: Number(value),
      }
    })
}

function sum(samples: readonly Sample[], name: string, labels: object): number {
  const wanted = Object.entries(labels)
  return samples
    .filter(
      (it) => it.name === `auditferry_${name}` && wanted.every(([key, text]) => it.labels[key] === text),
    )
    .reduce((total, { value }) => total + value, 0)
}
