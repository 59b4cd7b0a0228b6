/** SIGHUP and SIGTERM to the running engine, and what a new or disabled sink gets. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'
import { startS3Emulator } from '../emulators/s3/emulator.ts'
import { freePort } from '../loopback.ts'
import { ownTime } from '../own-time.ts'
import { configurationOf, descriptionsOf, FILE_SINK, recentEvents, startAcme } from './acme.ts'
import { eventually, openSite, type Served, seen } from './site.ts'
import { openTap } from './tap.ts'

const SECOND_SINK = { type: 'file', path: './second.ndjson' }

it.concurrent('SIGHUP starts a new sink, at the checkpoint or at the beginning of the spool', async () => {
  await using site = openSite()
  const acme = await startAcme(site)
  // A waiting sink keeps past events in the spool.
  const tap = await openTap(site, 503)
  acme.add(recentEvents(3))
  site.configure(configurationOf(acme, { sinks: { local: FILE_SINK, bot: tap.sink } }))
  const engine = await site.serve()
  await eventually(() => expect(site.delivered()).toHaveLength(3))

  const added = { second: SECOND_SINK, third: { type: 'file', path: './third.ndjson', start: 'beginning' } }
  site.configure(configurationOf(acme, { sinks: { local: FILE_SINK, bot: tap.sink, ...added } }))
  await reload(engine)
  acme.add([{ timestamp: nowSecond(), description: 'event 4' }])
  await eventually(() => {
    expect(site.delivered('third.ndjson').toSorted()).toEqual(descriptionsOf(4))
    expect(site.delivered('second.ndjson')).toEqual(['event 4'])
    expect(site.delivered().toSorted()).toEqual(descriptionsOf(4))
  })
})

it.concurrent('a reader of standard output that goes away pauses that sink; the engine and its other sinks continue', async () => {
  await using site = openSite()
  const acme = await startAcme(site)
  acme.add(recentEvents(3))
  site.configure(configurationOf(acme, { sinks: { local: FILE_SINK, printed: { type: 'file', path: '-' } } }))
  const engine = await site.serve()
  await eventually(() => expect(engine.stdout().split('\n')).toHaveLength(4))
  engine.closeStdout()
  acme.add([{ timestamp: nowSecond(), description: 'event 4' }])
  await seen(engine, /"sink":"printed","reason":"(standard output: nobody reads it any more)/)
  await eventually(() => expect(site.delivered().toSorted()).toEqual(descriptionsOf(4)))
  engine.signal('SIGTERM')
  expect(await engine.ended).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('"message":"stopped"'),
  })
})

// npx signals only the shell between itself and the engine, which does not pass it on.
it.concurrent('an engine that npx started stops when the shell between them is stopped', async () => {
  await using site = openSite()
  const acme = await startAcme(site)
  site.configure(configurationOf(acme))
  const shell = spawn('sh', ['-c', '"$0" run; true', resolve('src/cli/auditferry.mjs')], {
    cwd: site.folder,
    env: { ...process.env, npm_command: 'exec' },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let log = ''
  shell.stderr.on('data', (text) => {
    log += text
  })
  const closed = once(shell.stderr, 'close')
  await eventually(() => expect(log).toContain('auditferry listens'))
  shell.kill('SIGTERM')
  await closed
  expect(log).toContain('"message":"stopped"')
})

it.concurrent('the same if that shell ended before Node had started', async () => {
  const env = { ...process.env, npm_command: 'exec', AUDITFERRY_PARENT: '1' }
  const orphan = spawn(process.execPath, ['src/main.ts', 'emulator'], { env, stdio: 'ignore' })
  expect(await once(orphan, 'close')).toEqual([0, null])
})

it.concurrent('SIGHUP with a bad file keeps the old configuration running, and says why', async () => {
  await using site = openSite()
  const acme = await startAcme(site)
  site.configure(configurationOf(acme))
  const engine = await site.serve()
  site.configure('sources: {}\nsinks: [}')
  engine.signal('SIGHUP')
  await seen(
    engine,
    /"level":"error","message":"the new configuration is not used, the old one stays","reason":"[^"]*auditferry\.yaml:2:\d+/,
  )
  acme.add(recentEvents(3))
  await eventually(() => expect(site.delivered().toSorted()).toEqual(descriptionsOf(3)))
  site.configure(configurationOf(acme, { sinks: { local: FILE_SINK, second: SECOND_SINK } }))
  await reload(engine)
  acme.add([{ timestamp: nowSecond(), description: 'event 4' }])
  await eventually(() => expect(site.delivered('second.ndjson')).toEqual(['event 4']))
})

it.concurrent('SIGHUP with a valid file that cannot be opened keeps the old configuration running', async () => {
  await using site = openSite()
  const acme = await startAcme(site)
  site.configure(configurationOf(acme))
  const engine = await site.serve()
  const occupied = new URL(acme.url).host
  site.configure(configurationOf(acme, { server: { listen: occupied } }))
  engine.signal('SIGHUP')
  await seen(
    engine,
    /"message":"the new configuration is not used, the old one stays","reason":"the HTTP server can't listen on/,
  )
  acme.add(recentEvents(3))
  await eventually(() => expect(site.delivered().toSorted()).toEqual(descriptionsOf(3)))
  expect((await site.status()).startedAt).not.toBe('')
})

it.concurrent('repeated SIGHUPs with what cannot be opened leave nothing open', async () => {
  await using site = openSite()
  const acme = await startAcme(site)
  const server = { listen: `127.0.0.1:${await freePort()}` }
  site.configure(configurationOf(acme, { server }))
  const engine = await site.serve()
  // By the time this is discovered the address is in use.
  mkdirSync(site.path('other/engine.json.new'), { recursive: true })
  site.configure(configurationOf(acme, { server, state: { type: 'embedded', path: './other' } }))
  for (let reloads = 1; reloads <= 12; reloads++) {
    engine.signal('SIGHUP')
    await eventually(() =>
      expect(engine.stderr().match(/other\/engine\.json can't be written/g)).toHaveLength(reloads),
    )
  }
  acme.add(recentEvents(3))
  await eventually(() => expect(site.delivered().toSorted()).toEqual(descriptionsOf(3)))
  engine.signal('SIGTERM')
  expect((await engine.ended).stderr).not.toContain('Warning')
})

it.concurrent('SIGHUP after a log rotation: the file sink continues in a new file, and its counters continue', async () => {
  await using site = openSite()
  const acme = await startAcme(site)
  acme.add(recentEvents(3))
  site.configure(configurationOf(acme))
  const engine = await site.serve()
  await eventually(() => expect(site.delivered()).toHaveLength(3))
  renameSync(site.path('out.ndjson'), site.path('out.ndjson.1'))
  const { url } = await reload(engine)
  acme.add([{ timestamp: nowSecond(), description: 'event 4' }])
  await eventually(() => expect(site.delivered()).toEqual(['event 4']))
  await eventually(async () => {
    const metrics = await (await fetch(`${url}/metrics`)).text()
    expect(metrics).toContain('auditferry_events_delivered_total{sink="local"} 4\n')
    expect(metrics).toContain('auditferry_delivery_latency_seconds_count{sink="local"} 4\n')
  })
  expect(site.delivered('out.ndjson.1').toSorted()).toEqual(descriptionsOf(3))
})

it.concurrent.each(['SIGTERM', 'SIGINT'] as const)(
  '%s while a sink hangs ends within shutdown_timeout; the next run delivers',
  async (signal) => {
    await using site = openSite()
    const acme = await startAcme(site)
    const tap = await openTap(site, 0)
    acme.add(recentEvents(50))
    const sinks = { bot: { ...tap.sink, timeout: '10m', batch: { max_events: 10 } } }
    site.configure(configurationOf(acme, { sinks, shutdown_timeout: '3s' }))
    const engine = await site.serve()
    await eventually(() => expect(tap.requests).toBeGreaterThan(0))
    engine.signal(signal)
    // The request itself would hang for ten minutes; the default `shutdown_timeout` is 30 s.
    const ended = await Promise.race([engine.ended, ownTime(25_000, 'it did not end')])
    expect(ended).toMatchObject({ code: 0 })
    expect(engine.stderr()).toContain('"message":"stopped"')
    tap.status = 200
    expect(await site.run(['run', '--once'])).toMatchObject({ code: 0 })
    expect(tap.taken.toSorted()).toEqual(descriptionsOf(50).toSorted())
  },
)

it.concurrent.each(['run', 'run --once'])(
  '%s: a second SIGTERM ends a slow stop at once',
  async (command) => {
    await using site = openSite()
    const acme = await startAcme(site)
    const tap = await openTap(site, 0)
    acme.add(recentEvents(3))
    const bot = { ...tap.sink, timeout: '10m' }
    site.configure(configurationOf(acme, { sinks: { bot }, shutdown_timeout: '1h' }))
    const engine = site.start(command.split(' '))
    await eventually(() => expect(tap.requests).toBeGreaterThan(0))
    engine.signal('SIGTERM')
    await seen(engine, /stopping: (finishing) what is under way/)
    // One that follows at once counts as the same.
    const again = setInterval(() => engine.signal('SIGTERM'), 500)
    site.defer(() => clearInterval(again))
    expect((await engine.ended).code).toBe(null)
    clearInterval(again)
    tap.status = 200
    expect(await site.run(['run', '--once'])).toMatchObject({ code: 0 })
    expect(tap.taken.toSorted()).toEqual(descriptionsOf(3))
  },
)

it.concurrent('SIGTERM while SIGHUP stops the engine for a new configuration: it is not started again just to be stopped', async () => {
  await using site = openSite()
  const acme = await startAcme(site)
  const tap = await openTap(site, 0)
  acme.add(recentEvents(3))
  // Long enough for the second signal to arrive during the stop.
  const bot = { ...tap.sink, timeout: '10m' }
  site.configure(configurationOf(acme, { sinks: { bot }, shutdown_timeout: '15s' }))
  const engine = await site.serve()
  await eventually(() => expect(tap.requests).toBeGreaterThan(0))
  engine.signal('SIGHUP')
  await seen(engine, /"message":"stopping: finishing what is under way"/)
  engine.signal('SIGTERM')
  const { code, stderr } = await engine.ended
  expect([code, stderr.match(/"message":"(engine runs|stopped)"/g)]).toEqual([
    0,
    ['"message":"engine runs"', '"message":"stopped"'],
  ])
})

it.concurrent('SIGTERM does not wait for a sink in trouble: what it did not take is left for the next run', async () => {
  await using site = openSite()
  const acme = await startAcme(site)
  const tap = await openTap(site, 503)
  acme.add(recentEvents(3))
  site.configure(configurationOf(acme, { sinks: { bot: { ...tap.sink, retry: { max_backoff: '1s' } } } }))
  const engine = await site.serve()
  await eventually(() => expect(tap.requests).toBeGreaterThan(1))
  const { requests } = tap
  engine.signal('SIGTERM')
  expect(await engine.ended).toMatchObject({ code: 0 })
  // One or two more tries, not all those that fit into the half minute of a stop.
  expect(tap.requests).toBeLessThan(requests + 12)
  tap.status = 200
  expect(await site.run(['run', '--once'])).toMatchObject({ code: 0 })
  expect(tap.taken.toSorted()).toEqual(descriptionsOf(3))
})

it.concurrent('SIGTERM flushes a half-full batch of S3', async () => {
  await using site = openSite()
  const acme = await startAcme(site)
  const s3 = site.keep(await startS3Emulator())
  acme.add(recentEvents(5))
  const archive = { type: 's3', ...s3.options, compression: 'none' }
  site.configure(configurationOf(acme, { sinks: { archive, local: FILE_SINK } }))
  const engine = await site.serve()
  await eventually(() => expect(site.delivered()).toHaveLength(5))
  expect(s3.objects.size).toBe(0)
  engine.signal('SIGTERM')
  expect(await engine.ended).toMatchObject({ code: 0 })
  const lines = [...s3.objects.values()].flatMap(({ body }) => body.toString().trimEnd().split('\n'))
  expect(lines.map((line) => JSON.parse(line).description).toSorted()).toEqual(descriptionsOf(5))
  expect((await site.status()).sinks.archive).toMatchObject({ delivered: 5, backlogEvents: 0 })
})

it.concurrent('a disabled sink does not hold the spool', async () => {
  await using site = openSite()
  const acme = await startAcme(site)
  const tap = await openTap(site, 503)
  acme.add(recentEvents(3))
  const configure = (enabled: boolean) =>
    site.configure(configurationOf(acme, { sinks: { local: FILE_SINK, bot: { ...tap.sink, enabled } } }))
  configure(true)
  const engine = await site.serve()
  await eventually(async () =>
    expect((await engine.status()).sinks).toMatchObject({
      local: { delivered: 3 },
      bot: { backlogEvents: 3 },
    }),
  )
  expect((await engine.status()).spool.events).toBe(3)
  configure(false)
  const { url } = await reload(engine)
  await eventually(async () => {
    const status = await site.status()
    expect(status.spool.events).toBe(0)
    expect(Object.keys(status.sinks)).toContain('local')
  })
  expect(url).not.toBe('')
})

it.concurrent('the engine file exists while it runs and is gone when it has stopped', async () => {
  await using site = openSite()
  const acme = await startAcme(site)
  site.configure(configurationOf(acme))
  const engine = await site.serve()
  expect(JSON.parse(readFileSync(site.path('data/engine.json'), 'utf8'))).toMatchObject({
    pid: engine.pid,
    url: engine.url,
  })
  engine.signal('SIGTERM')
  await engine.ended
  expect(existsSync(site.path('data/engine.json'))).toBe(false)
  expect((await site.status()).startedAt).toBe('')
})

/** Sends SIGHUP; resolves when the engine listens with the new configuration. */
async function reload(engine: Served): Promise<{ url: string }> {
  const before = engine.stderr().length
  engine.signal('SIGHUP')
  await eventually(() => expect(engine.stderr().slice(before)).toContain('auditferry listens'))
  const url = /"url":"(http:[^"]+)"/.exec(engine.stderr().slice(before))?.[1] ?? ''
  return { url }
}

function nowSecond(): number {
  return Math.floor(Date.now() / 1000)
}
