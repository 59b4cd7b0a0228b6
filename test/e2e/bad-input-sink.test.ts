/** What can go wrong at a sink: the operator reads where, what and the cure, and nothing is lost once it is fixed. */
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { startHecEmulator } from '../emulators/splunk-hec/hec.ts'
import { startWebhookReceiver } from '../emulators/webhook/receiver.ts'
import { configurationOf, descriptionsOf, FILE_SINK, recentEvents, startAcme } from './acme.ts'
import { eventually, openSite, type Site } from './site.ts'
import { mountSmallDisk } from './small-disk.ts'

type Hec = Awaited<ReturnType<typeof startHecEmulator>>

async function startHec(site: Site, options: Parameters<typeof startHecEmulator>[0] = {}): Promise<Hec> {
  return site.keep(await startHecEmulator(options))
}

function hecSink(hec: Hec, more: object = {}) {
  return { type: 'splunk_hec', endpoint: hec.url, token: hec.token, ...more }
}

/** A pause ends `run --once` immediately: waiting would not help. */
const paused: (readonly [string, (hec: Hec) => void, RegExp])[] = [
  [
    'a HEC that refuses the token',
    (hec) => hec.fail({ status: 403 }, 1),
    /invalid token \(code 4\).*check `token`/,
  ],
  [
    'a HEC without the index',
    (hec) => hec.fail({ status: 400, body: NO_INDEX }, 1),
    /incorrect index.*create the index/,
  ],
  ['the wrong address', (hec) => hec.fail({ status: 404 }, 1), /HTTP 404/],
]

it.concurrent.each(paused)(
  '%s: the sink pauses, the file sink goes on, exit 3; later all events arrive',
  async (_, induce, says) => {
    await using site = openSite()
    const acme = await startAcme(site)
    const hec = await startHec(site)
    acme.add(recentEvents(5))
    induce(hec)
    site.configure(configurationOf(acme, { sinks: { soc: hecSink(hec), local: FILE_SINK } }))
    const { code, stderr } = await site.run(['run', '--once'])
    expect(stderr).toMatch(new RegExp(`sink paused: an operator must act.*"sink":"soc".*${says.source}`))
    expect(stderr).toMatch(new RegExp(`auditferry: sink soc: 5 events undelivered \\(.*${says.source}`))
    // Tried only once: waiting would not help.
    expect({ code, asked: hec.requestsTo('event').length }).toEqual({ code: 3, asked: 1 })
    expect(hec.indexed).toEqual([])
    expect(site.delivered()).toHaveLength(5)
    expect(await statusOf(site, 'soc')).toMatchObject({
      state: 'paused',
      reason: expect.stringMatching(new RegExp(`^no engine is running; when it ended: .*${says.source}`)),
    })

    expect(await site.run(['run', '--once'])).toMatchObject({ code: 0 })
    expect(await statusOf(site, 'soc')).toMatchObject({ state: 'idle', reason: '' })
    expect(
      hec.indexed
        .map(({ envelope }) => envelope.event)
        .map(descriptionOf)
        .toSorted(),
    ).toEqual(descriptionsOf(5))
    expect(site.delivered()).toHaveLength(5)
  },
)

async function statusOf(site: Site, sink: string): Promise<unknown> {
  const { stdout } = await site.run(['status', '--json'])
  return JSON.parse(stdout).sinks[sink]
}

/** Success only in the status line: the events wait and are sent again. */
const hollow: (readonly [string, string, RegExp])[] = [
  ['an error of HEC', JSON.stringify({ text: 'Server is busy', code: 9 }), /server is busy \(code 9\)/i],
  ['a login page', '<!doctype html><title>Sign in</title>', /not the answer of a HEC.*Sign in/],
  ['an empty body', ' ', /not the answer of a HEC/],
]

it.concurrent.each(hollow)('a HEC that answers 200 with %s has delivered nothing', async (_, body, says) => {
  await using site = openSite()
  const acme = await startAcme(site)
  const hec = await startHec(site)
  acme.add(recentEvents(5))
  hec.fail({ status: 200, body }, 1)
  site.configure(configurationOf(acme, { sinks: { soc: hecSink(hec) } }))
  const { code, stderr } = await site.run(['run', '--once'])
  expect(stderr).toMatch(new RegExp(`sink retries.*"sink":"soc".*${says.source}`, 'i'))
  expect(code).toBe(0)
  expect(hec.indexed).toHaveLength(5)
  expect((await site.status()).sinks.soc).toMatchObject({ delivered: 5, deadLettered: 0 })
})

it.concurrent('a sink that takes only small requests gets halves, until each fits', async () => {
  await using site = openSite()
  const acme = await startAcme(site)
  const hec = await startHec(site, { maxContentLength: 3_000 })
  acme.add(recentEvents(20))
  site.configure(configurationOf(acme, { sinks: { soc: hecSink(hec) } }))
  expect(await site.run(['run', '--once'])).toMatchObject({ code: 0 })
  expect(new Set(hec.indexed.map(({ uid }) => uid)).size).toBe(20)
  expect(hec.indexed).toHaveLength(20)
  expect((await site.status()).sinks.soc).toMatchObject({ delivered: 20, deadLettered: 0 })
})

it.concurrent('one refused event is a dead letter; retried without an engine, it is delivered by the next run', async () => {
  await using site = openSite()
  const acme = await startAcme(site)
  const bot = site.keep(await startWebhookReceiver())
  acme.add(recentEvents(5))
  site.configure(
    configurationOf(acme, { sinks: { bot: { type: 'webhook', endpoint: bot.url }, local: FILE_SINK } }),
  )
  const { stdout: log } = await site.run(['export', '--from', '1h'])
  const uid: string = JSON.parse(log.split('\n')[2] ?? '').uid
  bot.refuse(uid, 400)
  const first = await site.run(['run', '--once'])
  expect(first.stderr).toMatch(/event dead-lettered.*"sink":"bot".*HTTP 400: cannot process/)
  expect(first.code).toBe(0)
  expect(bot.received()).toHaveLength(4)
  expect((await site.status()).sinks.bot).toMatchObject({ delivered: 4, deadLettered: 1, backlogEvents: 0 })

  const listed = JSON.parse((await site.run(['dead-letters', 'list', '--json'])).stdout)
  expect(listed.deadLetters).toMatchObject([
    { sink: 'bot', source: 'acme', uid, attempts: 1, answer: `cannot process ${uid}`, event: { uid } },
  ])
  const retry = await site.run(['dead-letters', 'retry', listed.deadLetters[0].id])
  expect(retry).toMatchObject({ code: 0, stdout: 'Queued: 1; the next run sends them.\n' })
  bot.refuse(uid, 200)
  expect(await site.run(['run', '--once'])).toMatchObject({ code: 0 })
  expect(bot.requests.slice(5).map((it) => it.headers['webhook-id'])).toEqual([`evt_${uid}`])
  expect((await site.status()).sinks.bot).toMatchObject({ delivered: 5, deadLettered: 0 })
  expect((await site.run(['dead-letters', 'list'])).stdout).toBe('No dead letters.\n')
  expect(site.delivered()).toHaveLength(5)
})

it.concurrent.each(['v1', 'v2'])('%s: a description of 10 MB reaches file and webhook', async (api) => {
  await using site = openSite()
  const acme = await startAcme(site)
  const bot = site.keep(await startWebhookReceiver())
  const [first, second, third] = recentEvents(3)
  if (!first || !second || !third) throw new Error('three events')
  const description = 'x'.repeat(10_000_000)
  acme.add([first, { ...second, description }, third])
  const sinks = { bot: { type: 'webhook', endpoint: bot.url, mode: 'batch' }, local: FILE_SINK }
  site.configure(configurationOf(acme, { source: { api }, sinks }))
  expect(await site.run(['run', '--once'])).toMatchObject({ code: 0 })
  expect(site.delivered().toSorted()).toEqual(['event 1', 'event 3', description])
  expect(bot.received()).toHaveLength(3)
})

it.concurrent('a description beyond the limit of a HEC is a dead letter, its neighbours arrive', async () => {
  await using site = openSite()
  const acme = await startAcme(site)
  const hec = await startHec(site, { maxContentLength: 1_000_000 })
  const [first, second, third] = recentEvents(3)
  if (!first || !second || !third) throw new Error('three events')
  acme.add([first, { ...second, description: 'x'.repeat(10_000_000) }, third])
  site.configure(configurationOf(acme, { sinks: { soc: hecSink(hec) } }))
  const { code, stderr } = await site.run(['run', '--once'])
  expect(stderr).toMatch(/event dead-lettered.*"sink":"soc".*HTTP 413/)
  expect(code).toBe(0)
  expect(hec.indexed).toHaveLength(2)
  expect((await site.status()).sinks.soc).toMatchObject({ delivered: 2, deadLettered: 1 })
})

// Root may write everywhere, so the program runs as another user; anybody else removes their own permission.
it.concurrent('a folder without write permission pauses the file sink; once it is granted, all events arrive', async () => {
  await using site = openSite()
  const uid = process.getuid?.() === 0 ? { uid: 65_534 } : {}
  chmodSync(site.folder, 0o755)
  for (const name of ['data', 'out']) mkdirSync(site.path(name))
  chmodSync(site.path('data'), 0o777)
  chmodSync(site.path('out'), 0o555)
  const acme = await startAcme(site)
  acme.add(recentEvents(5))
  const sinks = { local: { type: 'file', path: './out/audit.ndjson' } }
  site.configure(configurationOf(acme, { sinks }))
  const { code, stderr } = await site.run(['run', '--once'], uid)
  expect(stderr).toMatch(
    /sink local: 5 events undelivered \(.*out\/audit\.ndjson: not permitted; give the user of auditferry write access\)/,
  )
  expect(code).toBe(3)
  chmodSync(site.path('out'), 0o777)
  expect(await site.run(['run', '--once'], uid)).toMatchObject({ code: 0 })
  expect(site.delivered('out/audit.ndjson').toSorted()).toEqual(descriptionsOf(5))
})

it.concurrent('a full disk holds up the file sink; once there is space, all events arrive, complete', async ({
  skip,
}) => {
  await using site = openSite()
  if (!mountSmallDisk(site, 'disk', '64k')) skip('not allowed to mount a file system')
  writeFileSync(site.path('disk/ballast'), Buffer.alloc(60_000))
  const acme = await startAcme(site)
  acme.add(recentEvents(50))
  const sinks = {
    local: { type: 'file', path: './disk/audit.ndjson', retry: { max_backoff: '1s' } },
    other: FILE_SINK,
  }
  site.configure(configurationOf(acme, { sinks }))
  const program = await site.serve()
  await eventually(async () => {
    const { state, reason } = (await site.status()).sinks.local ?? {}
    expect(state).toBe('throttled')
    expect(reason).toMatch(/disk\/audit\.ndjson: the disk is full; free space on its file system/)
  })
  await eventually(() => expect(site.delivered()).toHaveLength(50))
  rmSync(site.path('disk/ballast'))
  await eventually(() =>
    expect(site.delivered('disk/audit.ndjson').toSorted()).toEqual(descriptionsOf(50).toSorted()),
  )
  program.signal('SIGTERM')
  expect(await program.ended).toMatchObject({ code: 0 })
})

const NO_INDEX = JSON.stringify({ text: 'Incorrect index', code: 7, 'invalid-event-number': 0 })

function descriptionOf(event: unknown): string {
  return (event as { description: string }).description
}
