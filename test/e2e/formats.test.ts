/** Filters, redaction and formats through every sink, into what its receiver holds. */

import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import Papa from 'papaparse'
import { expect, it } from 'vitest'
import { startS3Emulator } from '../emulators/s3/emulator.ts'
import { textOf } from '../emulators/s3/read-back.ts'
import { startHecEmulator } from '../emulators/splunk-hec/hec.ts'
import { startWebhookReceiver } from '../emulators/webhook/receiver.ts'
import { faultsOf, readCef } from '../formats/read-cef.ts'
import { readLeef } from '../formats/read-leef.ts'
import { configurationOf, recentEvents, startAcme } from './acme.ts'
import { openSite, type Site } from './site.ts'

const COLUMNS =
  'Timestamp,Name,Login,Event,Description,SourceIP,RequireOrgAdmin,RequireStackAdmin,AuthenticationFailure,TokenID,TokenName,ActorName,ActorUrn,Organization,EventID,UID'
const NINE = COLUMNS.split(',').slice(0, 9).join(',')

async function startReceivers(site: Site) {
  const [hec, s3, bot] = [await startHecEmulator(), await startS3Emulator(), await startWebhookReceiver()]
  for (const receiver of [hec, s3, bot]) site.keep(receiver)
  return { hec, s3, bot }
}

type Receivers = Awaited<ReturnType<typeof startReceivers>>

function sinkOptions({ hec, s3, bot }: Receivers) {
  return {
    hec: { type: 'splunk_hec', endpoint: hec.url, token: hec.token },
    s3: { type: 's3', ...s3.options },
    bot: { type: 'webhook', endpoint: bot.url },
    file: { type: 'file' },
  }
}

/** Two sensitive stack events by dana, one login by eve; the e-mail addresses must not leave. */
async function startTrio(site: Site) {
  const acme = await startAcme(site)
  const [first, second, third] = recentEvents(3)
  if (!first || !second || !third) throw new Error('three events')
  const dana = { name: 'Dana O', githubLogin: 'dana', avatarUrl: '', email: 'dana@mail.example' }
  const eve = { name: '=cmd|calc', githubLogin: 'eve', avatarUrl: '', email: 'eve@mail.example' }
  acme.add([
    { ...first, user: dana, sourceIP: '198.51.100.77' },
    { ...second, user: eve, event: 'user-login', description: '@formula, "quoted"\nsecond line' },
    { ...third, user: dana, sourceIP: '198.51.100.77', reqOrgAdmin: true },
  ])
  return acme
}

it.concurrent('where and redact hold in every sink', async () => {
  await using site = openSite()
  const acme = await startTrio(site)
  const receivers = await startReceivers(site)
  const { hec, s3, bot } = receivers
  const rules = {
    where: 'category == "stacks"',
    redact: [
      { field: 'actor.email', with: 'drop' },
      { field: 'sourceIp', with: 'mask' },
    ],
  }
  const options = sinkOptions(receivers)
  const sinks = {
    hec: { ...options.hec, ...rules },
    s3: { ...options.s3, ...rules, format: 'native' },
    bot: { ...options.bot, ...rules },
    file: { ...options.file, path: './out.ndjson', ...rules },
  }
  site.configure(configurationOf(acme, { sinks }))
  expect(await site.run(['run', '--once'])).toMatchObject({ code: 0 })

  const texts = {
    hec: hec
      .requestsTo('event')
      .map(({ body }) => gunzipSync(body).toString())
      .join(''),
    s3: [...s3.objects.values()].map(textOf).join(''),
    bot: bot.requests.map(({ body }) => body.toString()).join(''),
    file: readFileSync(site.path('out.ndjson'), 'utf8'),
  }
  for (const [sink, text] of Object.entries(texts)) {
    expect({ sink, matches: text.match(/"action":"[^"]*"/g) }).toEqual({
      sink,
      matches: Array(2).fill('"action":"stack-created"'),
    })
    expect(text).not.toMatch(/mail\.example|198\.51\.100\.77/)
    expect(text).toContain('198.51.100.0')
  }
  const { sinks: status } = await site.status()
  for (const sink of Object.values(status))
    expect(sink).toMatchObject({ delivered: 2, filtered: 1, deadLettered: 0 })
})

it.concurrent('csv and pulumi_csv are the same rows in every sink', async () => {
  await using site = openSite()
  const acme = await startTrio(site)
  const receivers = await startReceivers(site)
  const { hec, s3 } = receivers
  const options = sinkOptions(receivers)
  const sinks = {
    hec: { ...options.hec, format: 'csv' },
    s3: { ...options.s3, format: 'csv' },
    file: { ...options.file, path: './out.csv', format: 'csv' },
    plain: { ...options.file, path: './unguarded.csv', format: 'csv', csv: { formula_guard: false } },
    nine: { ...options.file, path: './nine.csv', format: 'pulumi_csv' },
  }
  site.configure(configurationOf(acme, { sinks }))
  expect(await site.run(['run', '--once'])).toMatchObject({ code: 0 })

  const file = rowsOf(readFileSync(site.path('out.csv'), 'utf8'))
  const unguarded = rowsOf(readFileSync(site.path('unguarded.csv'), 'utf8'))
  const nine = readFileSync(site.path('nine.csv'), 'utf8')
  expect(file.map(({ Login, EventID }) => [Login, EventID]).toSorted()).toEqual([
    ['dana', 'stack-created'],
    ['dana', 'stack-created'],
    ['eve', 'user-login'],
  ])
  const eve = (rows: typeof file) => rows.find(({ Login }) => Login === 'eve')
  expect(eve(file)).toMatchObject({ Name: "'=cmd|calc", Description: `'@formula, "quoted"\nsecond line` })
  expect(eve(unguarded)).toMatchObject({ Name: '=cmd|calc', Description: '@formula, "quoted"\nsecond line' })
  expect(nine.split('\n', 1)).toEqual([NINE])

  const objects = [...s3.objects.values()]
  expect(objects.map(({ key }) => key).every((key) => key.endsWith('.csv.gz'))).toBe(true)
  expect(sorted(objects.flatMap((object) => rowsOf(textOf(object))))).toEqual(sorted(file))
  const lines = hec.indexed.map(({ envelope }) => `${COLUMNS}\r\n${envelope.event}\r\n`)
  expect(sorted(lines.flatMap(rowsOf))).toEqual(sorted(file))
})

it.concurrent('cef, leef and pulumi_cef are lines in files and objects, and strings in Splunk', async () => {
  await using site = openSite()
  const acme = await startTrio(site)
  const receivers = await startReceivers(site)
  const { hec, s3 } = receivers
  const options = sinkOptions(receivers)
  const sinks = {
    file: { ...options.file, path: './out.cef', format: 'cef', cef: { host: 'api.acme.example' } },
    old: { ...options.file, path: './out.leef', format: 'leef', leef: { version: 1 } },
    s3: { ...options.s3, format: 'leef', leef: { delimiter: '^' }, compression: 'none' },
    hec: { ...options.hec, format: 'pulumi_cef' },
  }
  site.configure(configurationOf(acme, { sinks }))
  expect(await site.run(['run', '--once'])).toMatchObject({ code: 0 })

  const cef = linesOf(readFileSync(site.path('out.cef'), 'utf8')).map((line) => readCef(line))
  expect(cef.flatMap(faultsOf)).toEqual([])
  expect(cef.map(({ extension }) => extension.get('suser')).toSorted()).toEqual(['dana', 'dana', 'eve'])
  const eve = cef.find(({ classId }) => classId === 'user-login')?.extension
  expect(eve?.get('msg')).toBe('@formula, "quoted"\nsecond line')
  expect(eve?.get('dvchost')).toBe('api.acme.example')

  const uids = cef.map(({ extension }) => extension.get('PulumiCloudUid')).toSorted()
  const objects = [...s3.objects.values()]
  expect(objects.map(({ key }) => key).every((key) => key.endsWith('.leef'))).toBe(true)
  for (const [text, version] of [
    [objects.map(textOf).join(''), '2.0'],
    [readFileSync(site.path('out.leef'), 'utf8'), '1.0'],
  ] as const) {
    const leef = linesOf(text).map(readLeef)
    expect(leef.map((line) => line.version)).toEqual(Array(3).fill(version))
    expect(leef.map(({ pairs }) => pairs.get('eventUid')).toSorted()).toEqual(uids)
  }
  const indexed = hec.indexed.map(({ envelope }) => readCef(String(envelope.event), { empty: true }))
  expect(indexed.map(({ extension }) => extension.get('suser')).toSorted()).toEqual(['dana', 'dana', 'eve'])

  // Appended to the same files, whose beginning is known.
  acme.add(recentEvents(1, 4))
  expect(await site.run(['run', '--once'])).toMatchObject({ code: 0 })
  expect(linesOf(readFileSync(site.path('out.cef'), 'utf8'))).toHaveLength(4)

  const bot = { ...options.bot, format: 'cef' }
  site.configure(configurationOf(acme, { sinks: { ...sinks, bot } }))
  const { code, stdout } = await site.run(['validate', '--json'])
  expect({ code, errors: JSON.parse(stdout).errors }).toMatchObject({
    code: 2,
    errors: [{ path: 'sinks.bot.format', message: expect.stringContaining('native') }],
  })
})

/** Each line ends with a line feed, and contains no other. */
function linesOf(text: string): string[] {
  expect(text.endsWith('\n')).toBe(true)
  return text.slice(0, -1).split('\n')
}

/** RFC 4180, with CR LF and the interface's header. */
function rowsOf(text: string): Record<string, string>[] {
  expect(text.split('\r\n', 1)).toEqual([COLUMNS])
  expect(text.endsWith('\r\n')).toBe(true)
  const { data, errors } = Papa.parse<Record<string, string>>(text, { header: true, skipEmptyLines: true })
  expect(errors).toEqual([])
  return data
}

function sorted(rows: readonly Record<string, string>[]): string[] {
  return rows.map((row) => JSON.stringify(row)).toSorted()
}
