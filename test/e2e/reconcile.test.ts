/** `reconcile` beside a running engine, without one, on Redis, and against a bucket's content. */
import { writeFileSync } from 'node:fs'
import { gunzipSync, gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import type { Reconciliation } from '../../src/reconcile/result.ts'
import type { PulumiEmulator } from '../emulators/pulumi/emulator.ts'
import { startS3Emulator } from '../emulators/s3/emulator.ts'
import { startRedis } from '../redis/server.ts'
import { configurationOf, recentEvents, startAcme } from './acme.ts'
import { eventually, openSite, type Served, type Site } from './site.ts'

/** Older than the overlap, but younger than the first retrospection. */
const LATE_S = 1_800

function insertLate(acme: PulumiEmulator, description: string): void {
  acme.insertLate({ timestamp: Math.floor(Date.now() / 1000) - LATE_S, description })
}

const range = () => {
  const second = (ago: number) => `${Math.floor(Date.now() / 1000) - ago}`
  return ['--from', second(3_000), '--to', second(60)]
}

async function reconcile(site: Site, ...args: string[]): Promise<Reconciliation & { code: number | null }> {
  const { code, stdout, stderr } = await site.run(['reconcile', ...range(), ...args, '--json'])
  if (code !== 0 && code !== 3) throw new Error(`reconcile ended with ${code}: ${stderr}`)
  return { ...(JSON.parse(stdout) as Reconciliation), code }
}

const namesIn = ({ holes }: Pick<Reconciliation, 'holes'>) =>
  holes.flatMap(({ examples }) => examples.map(({ description }) => description))

/** A hole is named, repaired and delivered, each with the matching exit code. */
async function repairs(site: Site, acme: PulumiEmulator, name: string, deliver: () => Promise<unknown>) {
  expect(await reconcile(site)).toMatchObject({ code: 0, complete: true })
  insertLate(acme, name)
  const found = await reconcile(site)
  expect(found).toMatchObject({ code: 3, complete: false, extras: [] })
  expect(namesIn(found)).toEqual([name])
  expect(await reconcile(site, '--repair')).toMatchObject({ holes: [], repaired: { events: 1 } })
  await deliver()
  expect(site.delivered().filter((it) => it === name)).toEqual([name])
  expect(await reconcile(site)).toMatchObject({ code: 0, complete: true })
}

/**
 * Waits until the store knows of this many deliveries: the lines are written earlier, and would be reported as waiting.
 */
const knowsOf = (engine: Served, delivered: number) =>
  eventually(async () =>
    expect(await engine.status()).toMatchObject({
      sinks: { local: { delivered, backlogEvents: 0 } },
      spool: { events: 0 },
    }),
  )

/** What was removed from the file is sent to it again, and the command waits for that. */
async function sendsAgain(site: Site) {
  const before = site.delivered().sort()
  const lines = site.lines('out.ndjson')
  const kept = lines.filter((line) => !/"event (3|17)"/.test(line))
  writeFileSync(site.path('out.ndjson'), kept.map((line) => `${line}\n`).join(''))
  expect(await reconcile(site)).toMatchObject({ code: 3, holes: [], sinks: { local: { complete: false } } })
  expect(await reconcile(site, '--repair')).toMatchObject({
    code: 0,
    complete: true,
    repaired: { events: 0, sinks: { local: { events: 2, waiting: 0, refused: 0 } } },
  })
  expect(site.delivered().sort()).toEqual(before)
}

it.concurrent.each(['v1', 'v2'])('beside a running engine and without one, with %s', async (api) => {
  await using site = openSite()
  const acme = await startAcme(site)
  acme.add(recentEvents(20))
  site.configure(configurationOf(acme, { source: { api } }))
  const engine = await site.serve()
  await knowsOf(engine, 20)
  await repairs(site, acme, 'late one', () => knowsOf(engine, 21))
  await sendsAgain(site)
  engine.signal('SIGTERM')
  await engine.ended
  await repairs(site, acme, 'late two', () => site.run(['run', '--once']))
})

it.concurrent.each([
  [['--from', '24h', '--source', 'amce'], 'no source amce; there is acme (did you mean acme?)'],
  [['--from', '1h', '--to', '2h'], '--from must lie before --to'],
  [['--from', '2026-02-30'], '--from: expected a time'],
])('refuses %j with exit code 2', async (args, message) => {
  await using site = openSite()
  site.configure(configurationOf({ url: 'http://127.0.0.1:9', token: 'pul-x', organization: 'acme' }))
  const { code, stdout, stderr } = await site.run(['reconcile', ...args])
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  expect(stderr).toContain(message)
  expect(stderr).not.toMatch(/^\s+at /m)
})

it.concurrent('on Redis, beside a worker', async () => {
  await using site = openSite()
  const redis = site.keep(await startRedis())
  const acme = await startAcme(site)
  acme.add(recentEvents(20))
  const state = { type: 'redis', url: redis.url, lease: '3s' }
  site.configure(configurationOf(acme, { state }))
  const engine = await site.serve()
  await knowsOf(engine, 20)
  await repairs(site, acme, 'late', () => knowsOf(engine, 21))
})

it.concurrent.each([
  ['hive', 'native'],
  ['plain', 'csv'],
])('names what was removed from, added to and altered in a bucket: %s, %s', async (layout, format) => {
  await using site = openSite()
  const acme = await startAcme(site)
  acme.add(recentEvents(6))
  const bucket = site.keep(await startS3Emulator())
  const archive = { type: 's3', ...bucket.options, layout, format }
  site.configure(configurationOf(acme, { sinks: { archive } }))
  expect((await site.run(['run', '--once'])).code).toBe(0)
  expect(await reconcile(site)).toMatchObject({ code: 0, sinks: { archive: { found: { events: 6 } } } })

  const end = format === 'csv' ? '\r\n' : '\n'
  const uid = '0a'.repeat(32)
  for (const object of bucket.objects.values()) {
    const lines = gunzipSync(object.body).toString().split(end)
    const changed = lines
      .filter((line) => !line.includes('event 2'))
      .flatMap((line) => (line.includes('event 6') ? [line, line.replace(/[0-9a-f]{64}/, uid)] : [line]))
      .map((line) => (line.includes('event 4') ? line.replaceAll('event 4', 'event 9') : line))
    bucket.objects.set(object.key, { ...object, body: gzipSync(changed.join(end)) })
  }
  const { code, holes, sinks } = await reconcile(site)
  expect({ code, holes }).toEqual({ code: 3, holes: [] })
  const { missing, extra, altered, unreadable } = sinks.archive?.found ?? {}
  expect({ missing, extra, altered, unreadable }).toMatchObject({
    missing: [{ description: 'event 2' }],
    extra: [{ uid }],
    altered: [{ description: 'event 4', fields: [format === 'csv' ? 'Description' : 'description'] }],
    unreadable: [],
  })

  bucket.rules.denied.add('s3:ListBucket')
  const refused = (await reconcile(site)).sinks.archive
  expect(refused).toMatchObject({ complete: false })
  expect(refused?.notes.join()).toContain('could not be read')
})
