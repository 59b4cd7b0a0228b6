/** Each file of config/examples against the emulators: what arrives is what its description says. */
import { readdirSync } from 'node:fs'
import { matchesGlob, resolve } from 'node:path'
import Papa from 'papaparse'
import { Webhook } from 'standardwebhooks'
import { expect, it } from 'vitest'
import type { NewEvent } from '../emulators/pulumi/event.ts'
import { textOf } from '../emulators/s3/read-back.ts'
import { faultsOf as cefFaultsOf, readCef } from '../formats/read-cef.ts'
import { faultsOf as leefFaultsOf, readLeef } from '../formats/read-leef.ts'
import { validatorOf } from '../formats/validator.ts'
import { recentEvents } from './acme.ts'
import { type Recipe, runRecipe, SECRET, setRecipe } from './recipe.ts'
import { openSite, type Site } from './site.ts'

/** Everyday work, a deleted stack, and a refused access by eve, who has an e-mail address. */
const ACTIONS = ['stack-created', 'stack-deleted', 'auth-failure-stack-permission']

function day(): NewEvent[] {
  const eve = { name: 'Eve', githubLogin: 'eve', avatarUrl: '', email: 'eve@mail.example' }
  return recentEvents(3).map((event, at) => ({
    ...event,
    event: ACTIONS[at] ?? '',
    ...(at === 2 && { user: eve, authFailure: true, sourceIP: '2001:db8::7' }),
  }))
}

/** Runs a recipe once on that day. */
function runDay(site: Site, name: string): Promise<Recipe> {
  return runRecipe(site, name, { events: day() })
}

it.concurrent('splunk-cloud: every event in the index, at its own time', async () => {
  await using site = openSite()
  const { hec } = await runDay(site, 'splunk-cloud.yaml')
  const envelopes = hec.indexed.map(({ envelope }) => envelope)
  expect(envelopes).toHaveLength(3)
  for (const envelope of envelopes) {
    const { timestamp, uid } = envelope.event as { timestamp: number; uid: string }
    const about = { index: 'pulumi', source: 'pulumi-cloud', sourcetype: 'pulumi:audit' }
    expect(envelope).toMatchObject({ ...about, time: timestamp, fields: { event_uid: uid } })
  }
  expect(hec.requestsTo('ack')).toEqual([])
})

it.concurrent('splunk: each batch is polled until it is acknowledged', async () => {
  await using site = openSite()
  const { hec } = await runDay(site, 'splunk.yaml')
  expect(hec.indexed.map(({ envelope }) => envelope.index)).toEqual(Array(3).fill('security'))
  expect(new Set(hec.indexed.map(({ uid }) => uid)).size).toBe(3)
  expect(hec.requestsTo('ack').length).toBeGreaterThan(0)
})

it.concurrent('s3: the table of the comment finds each object and reads its rows', async () => {
  await using site = openSite()
  const { s3, story } = await runDay(site, 's3.yaml')
  const columns = /EXTERNAL TABLE \w+ \(([^)]+)\)/.exec(story)?.[1]?.match(/\w+(?=`? string)/g) ?? []
  const template = /storage.location.template' = 's3:\/\/acme-audit\/([^']+)'/.exec(story)?.[1] ?? ''
  const rows = [...s3.objects.values()].flatMap((object) => {
    const [header = [], ...cells] = Papa.parse<string[]>(textOf(object), { skipEmptyLines: true }).data
    expect(columns).toEqual(header.map(snakeCase))
    const table = cells.map((row) => Object.fromEntries(columns.map((name, at) => [name, row[at]])))
    for (const { timestamp = '', organization = '' } of table) {
      const values = { org: organization, dt: timestamp.slice(0, 10), hour: timestamp.slice(11, 13) }
      const place = template.replaceAll(/\$\{(\w+)\}/g, (_, name: keyof typeof values) => values[name])
      expect(object.key.slice(0, object.key.lastIndexOf('/') + 1)).toBe(place)
    }
    return table
  })
  expect(rows.map((row) => row.event_id).toSorted()).toEqual(ACTIONS.toSorted())
  const refused = rows.find(({ login }) => login === 'eve')
  expect(refused).toMatchObject({ authentication_failure: 'true', source_ip: '2001:db8::7' })
})

it.concurrent.each(['elastic.yaml', 'opensearch.yaml'])(
  '%s: ECS documents in the data stream',
  async (name) => {
    await using site = openSite()
    const { elastic, story } = await runDay(site, name)
    const stored = [...elastic.documents.values()]
    expect(stored.flatMap(({ source }) => validatorOf('ecs')(JSON.stringify(source)))).toEqual([])
    const documents = stored.map(({ source }) => source as { event: Record<string, string> })
    expect(documents.map(({ event }) => event.action).toSorted()).toEqual(ACTIONS.toSorted())
    expect(stored.map(({ id }) => id)).toEqual(documents.map(({ event }) => event.id))
    expect(matchesGlob(stored[0]?.index ?? '', /logs-pulumi\.audit-\*/.exec(story)?.[0] ?? '')).toBe(true)
    const dataset = /event\.dataset : "([^"]+)"/.exec(story)?.[1] ?? 'pulumi.audit'
    expect(documents[0]?.event.dataset).toBe(dataset)
  },
)

it.concurrent('loki: lines of JSON in the streams of the query', async () => {
  await using site = openSite()
  const { loki, story } = await runDay(site, 'loki.yaml')
  const entries = loki.entries()
  expect(entries.map(({ line }) => JSON.parse(line).action).toSorted()).toEqual(ACTIONS.toSorted())
  expect(entries.map(({ line }) => JSON.parse(line).uid)).toEqual(entries.map(({ uid }) => uid))
  const asked = [...(/Search: \{([^}]+)\}/.exec(story)?.[1] ?? '').matchAll(/(\w+)="([^"]+)"/g)]
  expect(asked).toHaveLength(2)
  for (const { labels } of entries) for (const [, name = '', value] of asked) expect(labels[name]).toBe(value)
})

it.concurrent('qradar: LEEF in syslog messages over TLS, from the log source of the story', async () => {
  await using site = openSite()
  const { siem, story } = await runDay(site, 'qradar.yaml')
  expect(siem.endpoint).toMatch(/^tls:/)
  expect(siem.faults).toEqual([])
  expect(siem.messages.map(({ hostname }) => story.includes(`identifier ${hostname} `))).toEqual(
    Array(3).fill(true),
  )
  const lines = siem.messages.map(({ msg }) => readLeef(msg))
  expect(lines.flatMap(leefFaultsOf)).toEqual([])
  expect(lines.map(({ version, eventId }) => `${version} ${eventId}`).toSorted()).toEqual(
    ACTIONS.map((action) => `2.0 ${action}`).toSorted(),
  )
})

it.concurrent('arcsight: CEF in syslog messages with the keys of the story, without e-mail addresses', async () => {
  await using site = openSite()
  const { siem } = await runDay(site, 'arcsight.yaml')
  expect(siem.faults).toEqual([])
  const lines = siem.messages.map(({ msg }) => readCef(msg))
  expect(lines.flatMap(cefFaultsOf)).toEqual([])
  expect(lines.map(({ classId }) => classId).toSorted()).toEqual(ACTIONS.toSorted())
  const refused = lines.find(({ extension }) => extension.get('suser') === 'eve')?.extension
  expect(Object.fromEntries(refused ?? [])).toMatchObject({
    dvchost: 'api.pulumi.com',
    c6a2: '2001:db8::7',
    cs1: 'acme',
  })
  expect(siem.messages.map(({ msg }) => msg).join()).not.toContain('mail.example')
})

it.concurrent('webhook: signed messages of what matters, the whole log in a file', async () => {
  await using site = openSite()
  const { bot } = await runDay(site, 'webhook.yaml')
  const messages = bot.requests.map(
    ({ body, headers }) => new Webhook(SECRET).verify(body.toString(), { ...headers }) as { type: string },
  )
  expect(messages.map(({ type }) => type).toSorted()).toEqual([
    'pulumi.audit.auth_failure_stack_permission',
    'pulumi.audit.stack_deleted',
  ])
  expect(JSON.stringify(messages)).not.toMatch(/mail\.example|"raw"/)
  const local = site.lines('out/audit.ndjson').map((line) => JSON.parse(line).action)
  expect(local.toSorted()).toEqual(ACTIONS.toSorted())
})

it.concurrent('everything: each sink gets what is its own, from its own organisation', async () => {
  await using site = openSite()
  const recipe = await setRecipe(site, 'everything.yaml')
  const { pulumi, hec, logs, s3, bot, siem } = recipe
  pulumi.add(day())
  pulumi.add(day().slice(2), 'acme-lab')
  expect(await site.run(['run', '--once'], { env: recipe.env })).toMatchObject({ code: 0 })

  const indexed = (index: string) =>
    hec.indexed.filter(({ envelope }) => envelope.index === index).map(({ envelope }) => envelope.event)
  expect(indexed('security')).toHaveLength(3)
  expect(indexed('lab')).toMatchObject([{ organization: 'acme-lab', sourceIp: '2001:db8:0::' }])
  expect(JSON.stringify(indexed('lab'))).not.toContain('mail.example')
  const rows = (prefix: string, ending: RegExp) =>
    [...s3.objects.values()]
      .filter(({ key }) => key.startsWith(prefix) && ending.test(key))
      .flatMap((object) => textOf(object).trimEnd().split('\n'))
  expect(rows('org=', /\.csv\.gz$/).filter((row) => !row.startsWith('Timestamp,'))).toHaveLength(4)
  expect(siem.messages.map(({ msg }) => readLeef(msg))).toHaveLength(4)
  expect(site.lines('out/ecs.ndjson').flatMap(validatorOf('ecs'))).toEqual([])
  expect(site.lines('out/ecs.ndjson')).toHaveLength(4)
  expect(bot.requests.map(({ headers }) => headers['content-type'])).toEqual(
    Array(3).fill('application/cloudevents+json'),
  )
  expect(site.lines('out/audit.ndjson')).toEqual([])
  expect(logs.indexed.length).toBeGreaterThan(0)
})

const examples = resolve('config/examples')
const ruleTests = readdirSync(examples).filter((name) => name.endsWith('.tests.yaml'))

it('the rule tests beside the recipes pass', async () => {
  await using site = openSite()
  expect(ruleTests.length).toBeGreaterThan(1)
  const files = ruleTests.map((name) => resolve(examples, name))
  const { code, stdout } = await site.run(['test', ...files])
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining(' 0 failed') })
})

/** `SourceIP` → `source_ip`. */
function snakeCase(name: string): string {
  return name.replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_').toLowerCase()
}
