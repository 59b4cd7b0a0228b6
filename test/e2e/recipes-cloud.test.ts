/** The recipes for queues, streams and archives: what arrives is what their description says. */
import { matchesGlob } from 'node:path'
import { expect, it } from 'vitest'
import { startEventBridgeEmulator } from '../emulators/eventbridge/emulator.ts'
import { startGcsEmulator } from '../emulators/gcs/emulator.ts'
import { startMetadataServer } from '../emulators/google/default-credentials.ts'
import { startKinesisEmulator } from '../emulators/kinesis/emulator.ts'
import { startPubsubEmulator } from '../emulators/pubsub/emulator.ts'
import type { NewEvent } from '../emulators/pulumi/event.ts'
import { rowsOf } from '../emulators/s3/read-back.ts'
import { startSqsEmulator } from '../emulators/sqs/emulator.ts'
import { recentEvents } from './acme.ts'
import { type More, type Recipe, runRecipe, setRecipe } from './recipe.ts'
import { eventually, openSite, type Site } from './site.ts'

/** A look, a deleted stack, and a refused access. */
const ACTIONS = ['environment-read', 'stack-deleted', 'auth-failure-stack-permission']

function day(): NewEvent[] {
  return recentEvents(3).map((it, at) => ({ ...it, event: ACTIONS[at] ?? '', authFailure: at === 2 }))
}

/** Runs a recipe once on that day. */
function runDay(site: Site, name: string, more: More): Promise<Recipe> {
  return runRecipe(site, name, { ...more, events: day() })
}

it.concurrent('eventbridge: what matters, matched by the rule in the comment', async () => {
  await using site = openSite()
  const bus = site.keep(await startEventBridgeEmulator())
  const addresses = { eventbridge: { endpoint: bus.url, event_bus: bus.bus } }
  const { story } = await runDay(site, 'eventbridge.yaml', { addresses })
  expect(bus.events.map(({ detail }) => detail.action).toSorted()).toEqual(ACTIONS.slice(1).toSorted())
  const rule = JSON.parse(/^ *(\{ "source".*\})$/m.exec(story)?.[1] ?? '')
  const matching = bus.events.filter(
    ({ source, detailType, detail }) =>
      rule.source.includes(source) &&
      rule['detail-type'].includes(detailType) &&
      rule.detail.outcome.includes(detail.outcome),
  )
  expect(matching.map(({ detail }) => detail.action)).toEqual(['auth-failure-stack-permission'])
})

it.concurrent('kinesis: one record per event, all of an organisation in one shard', async () => {
  await using site = openSite()
  const stream = site.keep(await startKinesisEmulator())
  await runDay(site, 'kinesis.yaml', { addresses: { kinesis: { endpoint: stream.url } } })
  expect(stream.records.map(({ data }) => JSON.parse(data).action).toSorted()).toEqual(ACTIONS.toSorted())
  expect(stream.records.map(({ partitionKey }) => partitionKey)).toEqual(Array(3).fill('acme'))
})

it.concurrent('sqs: messages of one group, whose uid is their deduplication id', async () => {
  await using site = openSite()
  const queue = site.keep(await startSqsEmulator({ fifo: true }))
  const addresses = { sqs: { queue_url: queue.queueUrl, region: queue.region } }
  await runDay(site, 'sqs.yaml', { addresses })
  expect(queue.messages.map(({ body }) => JSON.parse(body).action).toSorted()).toEqual(ACTIONS.toSorted())
  for (const { body, group, deduplication, attributes } of queue.messages) {
    const { uid } = JSON.parse(body)
    expect([group, deduplication, attributes.event_uid]).toEqual(['pulumi', uid, uid])
  }
})

it.concurrent('pubsub: messages by the token of the machine', async () => {
  await using site = openSite()
  const topic = site.keep(await startPubsubEmulator())
  const metadata = site.keep(await startMetadataServer(topic.desk))
  const addresses = { pubsub: { endpoint: topic.url } }
  const env = { GCE_METADATA_HOST: new URL(metadata.url).host }
  await runDay(site, 'pubsub.yaml', { addresses, env })
  expect(topic.messages.map(({ data }) => JSON.parse(data).action).toSorted()).toEqual(ACTIONS.toSorted())
  expect(topic.messages.map(({ data }) => JSON.parse(data).uid)).toEqual(topic.messages.map(({ uid }) => uid))
  expect(topic.desk.issued()).toBe(1)
})

it.concurrent('gcs: the table of the comment finds each object and its columns', async () => {
  await using site = openSite()
  const { url, objects, bucket, credentials } = site.keep(await startGcsEmulator())
  const more = { addresses: { gcs: { endpoint: url } }, env: { GOOGLE_CREDENTIALS: credentials } }
  const { story } = await runDay(site, 'gcs.yaml', more)
  const [pattern = ''] = /gs:\/\/[^']+\*/.exec(story) ?? []
  const partitions = /PARTITION COLUMNS \(([^)]+)\)/.exec(story)?.[1]?.match(/\w+(?= )/g) ?? []
  const columns = /TABLE [\w.]+ \(([\s\S]+?)\)\n/.exec(story)?.[1]?.replaceAll(/<[^>]*>/g, '') ?? ''
  const rows = [...objects.values()].flatMap((object) => {
    expect(matchesGlob(`gs://${bucket}/${object.key}`, pattern.replace('*', '**'))).toBe(true)
    expect([...object.key.matchAll(/(\w+)=/g)].map(([, name]) => name)).toEqual(partitions)
    return rowsOf(object)
  })
  expect(rows.map(({ action }) => action).toSorted()).toEqual(ACTIONS.toSorted())
  for (const [, name] of columns.matchAll(/(\w+) [A-Z]/g)) expect(Object.keys(rows[0] ?? {})).toContain(name)
})

it.concurrent('archive: the console and its API have every event, Splunk has the selected ones', async () => {
  await using site = openSite()
  const recipe = await setRecipe(site, 'archive.yaml')
  recipe.pulumi.add(day())
  const engine = await site.serve({ env: recipe.env })
  const archived = async (query = '') => {
    const answer = await (await fetch(`${engine.url}/api/v1/events${query}`)).json()
    return (answer as { events: { action: string }[] }).events.map(({ action }) => action).toSorted()
  }
  await eventually(async () => expect(await archived()).toEqual(ACTIONS.toSorted()))
  const [, query] = /(\?outcome=\w+)/.exec(recipe.story) ?? []
  expect(await archived(query)).toEqual(['auth-failure-stack-permission'])
  const page = await fetch(engine.url, { headers: { accept: 'text/html' } })
  expect(page.headers.get('content-type')).toContain('text/html')
  await eventually(() => expect(recipe.hec.indexed).toHaveLength(2))
  expect(recipe.hec.indexed.map(({ envelope }) => envelope.index)).toEqual(['security', 'security'])
})
