/** `--json` as docs/command-line.md promises: one document on stdout, with exactly these keys and types. */
import { expect, it } from 'vitest'
import { configurationOf, recentEvents, startAcme } from './acme.ts'
import { eventually, openSite } from './site.ts'
import { openTap } from './tap.ts'

const SOURCE = {
  type: 'string',
  state: 'string',
  reason: 'string',
  pausedByOperator: 'boolean',
  eventsPerSecond: 'number',
  api: 'string',
  checkpoint: 'number',
  lagSeconds: 'number',
  lastPoll: 'time',
  lastSuccess: 'time',
  nextPoll: 'time',
  requests: 'number',
  events: 'number',
  late: 'number',
  quarantined: 'number',
  gaps: [{ second: 'number', reason: 'string' }],
  unknownActions: { 'x-y': 'number' },
  walk: 'null',
}
const SINK = {
  type: 'string',
  state: 'string',
  reason: 'string',
  pausedByOperator: 'boolean',
  eventsPerSecond: 'number',
  lagSeconds: 'number',
  backlogEvents: 'number',
  backlogBytes: 'number',
  delivered: 'number',
  filtered: 'number',
  deadLettered: 'number',
  replayed: 'number',
  lastDelivery: 'time',
  lastError: 'string',
  retryAt: 'time',
}
const STATUS = {
  version: 'string',
  state: 'string',
  startedAt: 'time',
  runtime: 'string',
  sources: { acme: SOURCE },
  sinks: { soc: SINK },
  spool: { events: 'number', bytes: 'number', limitBytes: 'number' },
}

it.concurrent('status of a running engine in trouble, and of the stored state', async () => {
  await using site = openSite()
  // A page that is full of one second, and an unknown event, so that no list is empty.
  const acme = await startAcme(site, { switches: { pageSize: 12, tokens: 'none' } })
  const tap = await openTap(site)
  const [event] = recentEvents(1)
  acme.add(
    Array.from({ length: 15 }, (_, at) => ({
      ...event,
      timestamp: event?.timestamp ?? 0,
      event: 'x-y',
      description: `${at}`,
    })),
  )
  site.configure(configurationOf(acme, { sinks: { soc: tap.sink } }))
  const engine = await site.serve()
  await eventually(() => expect(tap.taken).not.toEqual([]))
  tap.status = 401
  acme.add([{ timestamp: Math.floor(Date.now() / 1000) }])
  await eventually(async () => expect((await engine.status()).sinks.soc?.state).toBe('paused'))
  const running = await eventually(async () => {
    const status = await json(site.run(['status', '--json']))
    expect(shapeOf(status)).toEqual({ ...STATUS, sources: { acme: { ...SOURCE, reason: 'empty' } } })
    return status
  })
  expect(running).toMatchObject({
    runtime: 'embedded',
    state: 'paused',
    sinks: { soc: { state: 'paused', reason: 'HTTP 401; check `auth`, `headers` and `secret`' } },
  })
  engine.signal('SIGTERM')
  await engine.ended
  // The last run may have ended in the middle of a poll, and then the stored state has a walk: let a pass finish.
  expect(await site.run(['run', '--once'])).toMatchObject({ code: 3 })

  const stored = await json(site.run(['status', '--json']))
  const soc = { ...SINK, eventsPerSecond: 'null' }
  const acmeAtRest = { ...SOURCE, eventsPerSecond: 'null', nextPoll: 'empty' }
  expect(shapeOf(stored)).toEqual({
    ...STATUS,
    startedAt: 'empty',
    sources: { acme: acmeAtRest },
    sinks: { soc },
  })
  expect(stored).toMatchObject({
    sources: { acme: { reason: 'no engine is running' } },
    sinks: {
      soc: { state: 'paused', lastError: 'HTTP 401; check `auth`, `headers` and `secret`', backlogEvents: 1 },
    },
  })
})

it.concurrent('status before anything was read', async () => {
  await using site = openSite()
  const acme = await startAcme(site)
  site.configure(configurationOf(acme))
  expect(await json(site.run(['status', '--json']))).toMatchObject({
    state: 'idle',
    sources: {
      acme: { checkpoint: null, api: '', lastPoll: '', lagSeconds: 0, gaps: [], unknownActions: {} },
    },
    sinks: { local: { delivered: 0, backlogEvents: 0, lastDelivery: '' } },
    spool: { events: 0, bytes: 0, limitBytes: 2 ** 30 },
  })
})

it.concurrent('dead-letters list, show, retry and drop', async () => {
  await using site = openSite()
  const acme = await startAcme(site)
  const tap = await openTap(site, 400)
  acme.add(recentEvents(2))
  site.configure(configurationOf(acme, { sinks: { soc: { ...tap.sink, batch: { max_events: 1 } } } }))
  await site.run(['run', '--once'])
  const letter = {
    id: 'string',
    sink: 'string',
    source: 'string',
    uid: 'string',
    at: 'time',
    attempts: 'number',
    reason: 'string',
    answer: 'empty',
    state: 'string',
  }
  const { deadLetters } = await json(site.run(['dead-letters', 'list', '--json']))
  const [{ event, ...first }, second] = deadLetters
  expect(shapeOf(first)).toEqual(letter)
  expect(event).toMatchObject({ uid: first.uid, raw: expect.any(Object), action: 'stack-created' })
  expect(await json(site.run(['dead-letters', 'show', first.id, '--json']))).toEqual(deadLetters[0])
  expect(await json(site.run(['dead-letters', 'retry', first.id, '--json']))).toEqual({ queued: 1 })
  expect(await json(site.run(['dead-letters', 'drop', second.id, '--yes', '--json']))).toEqual({ dropped: 1 })
})

it.concurrent('validate prints the errors with their places', async () => {
  await using site = openSite()
  const acme = await startAcme(site)
  site.configure(configurationOf(acme))
  expect(await json(site.run(['validate', '--json']))).toEqual({ ok: true, errors: [], warnings: [] })
  site.configure(configurationOf(acme, { source: { pol_every: '5m' } }))
  const bad = await json(site.run(['validate', '--json']), 2)
  const error = {
    file: 'string',
    line: 'number',
    column: 'number',
    path: 'string',
    message: 'string',
    suggestion: 'string',
  }
  expect(shapeOf(bad)).toEqual({ ok: 'boolean', errors: [error], warnings: [] })
  expect(bad).toMatchObject({
    ok: false,
    errors: [{ path: 'sources.acme.pol_every', suggestion: 'poll_every' }],
  })
})

it.concurrent('check prints one result for each source and sink', async () => {
  await using site = openSite()
  const acme = await startAcme(site)
  const tap = await openTap(site)
  site.configure(configurationOf(acme, { sinks: { soc: tap.sink } }))
  const good = await json(site.run(['check', '--json']))
  const check = { id: 'string', kind: 'string', ok: 'boolean', detail: 'string', cure: 'empty' }
  expect(shapeOf(good)).toEqual({ ok: 'boolean', checks: [check] })
  acme.set({ plan: false })
  const bad = await json(site.run(['check', '--json']), 1)
  expect(bad).toMatchObject({
    ok: false,
    checks: [
      { id: 'acme', kind: 'source', ok: false },
      { id: 'soc', kind: 'sink', ok: true },
    ],
  })
  expect(bad.checks[0].cure).toMatch(/plan/)
})

async function json(run: Promise<{ code: number | null; stdout: string }>, expected = 0) {
  const { code, stdout } = await run
  expect(code).toBe(expected)
  return JSON.parse(stdout)
}

/** Types in place of values: for a list the type of its first entry, for a text whether it is a time or empty. */
function shapeOf(value: unknown): unknown {
  if (value === null) return 'null'
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf)
  if (typeof value === 'object')
    return Object.fromEntries(Object.entries(value).map(([key, it]) => [key, shapeOf(it)]))
  if (value === '') return 'empty'
  return typeof value === 'string' && RFC3339.test(value) ? 'time' : typeof value
}

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/
