/** The recipes whose sinks send to HTTP intakes: what arrives at the product is what their description says. */
import { expect, it } from 'vitest'
import { startDatadog } from '../emulators/datadog/datadog.ts'
import { startOtlp } from '../emulators/otlp/otlp.ts'
import { startSecops } from '../emulators/secops/secops.ts'
import { startSentinel } from '../emulators/sentinel/sentinel.ts'
import { startSumo } from '../emulators/sumo/sumo.ts'
import { runRecipe } from './recipe.ts'
import { openSite } from './site.ts'

it.concurrent('datadog: entries with the attributes that the searches of the comment name', async () => {
  await using site = openSite()
  const datadog = site.keep(await startDatadog())
  const { url, key } = datadog
  const addresses = { datadog: { endpoint: url, api_endpoint: url } }
  const { story } = await runRecipe(site, 'datadog.yaml', { addresses, env: { DD_API_KEY: key } })
  expect(new Set(datadog.kept).size).toBe(3)
  const [entry] = datadog.entries
  expect(entry).toMatchObject({
    service: /service:([\w-]+)/.exec(story)?.[1],
    ddtags: 'organization:acme,source:acme,env:prod,team:platform',
    evt: { name: expect.any(String), outcome: expect.any(String) },
    pulumi: { uid: entry?.event_uid, organization: 'acme' },
  })
})

it.concurrent('grafana-cloud: log records with what the search of the comment asks for', async () => {
  await using site = openSite()
  const otlp = site.keep(await startOtlp({ basic: { username: '123456', password: 'glc-token' } }))
  const addresses = { otlp: { endpoint: otlp.url } }
  await runRecipe(site, 'grafana-cloud.yaml', { addresses, env: { GRAFANA_CLOUD_TOKEN: 'glc-token' } })
  expect(new Set(otlp.kept).size).toBe(3)
  const [{ resource, record } = { resource: [], record: { attributes: [] } }] = otlp.records
  expect(resource).toContainEqual({ key: 'service.name', value: { stringValue: 'pulumi-cloud' } })
  expect(record.attributes.map(({ key }) => key)).toContain('pulumi.audit.outcome')
})

it.concurrent('sumo: one message per event, in the category that the search in the comment names', async () => {
  await using site = openSite()
  const sumo = site.keep(await startSumo())
  const addresses = { sumo_logic: { endpoint: sumo.address } }
  const { story } = await runRecipe(site, 'sumo.yaml', { addresses, env: { SUMO_HTTP_SOURCE: sumo.address } })
  expect(new Set(sumo.kept).size).toBe(3)
  expect(sumo.messages.map(({ category }) => category)).toEqual(
    Array(3).fill(/_sourceCategory=(\S+)/.exec(story)?.[1]),
  )
})

it.concurrent('cribl: HEC envelopes with the source type that the comment routes on', async () => {
  await using site = openSite()
  const { hec, story } = await runRecipe(site, 'cribl.yaml')
  const sourcetype = /sourcetype=='([^']+)'/.exec(story)?.[1]
  expect(hec.indexed.map(({ envelope }) => envelope.sourcetype)).toEqual(Array(3).fill(sourcetype))
  expect(hec.requestsTo('ack')).toEqual([])
})

it.concurrent.each([
  ['logscale.yaml', 'LOGSCALE_TOKEN', 'Bearer key'],
  ['panther.yaml', 'PANTHER_TOKEN', 'Bearer key'],
  ['xsiam.yaml', 'XSIAM_TOKEN', 'key'],
])('%s: compressed lines with the key in Authorization', async (name, variable, authorization) => {
  await using site = openSite()
  const { bot } = await runRecipe(site, name, { env: { [variable]: 'key' } })
  expect(new Set(bot.received()).size).toBe(3)
  for (const { headers } of bot.requests) {
    const about = { 'content-type': 'application/x-ndjson', 'content-encoding': 'gzip' }
    expect(headers).toMatchObject({ ...about, authorization })
  }
})

it.concurrent('sentinel: rows with the columns of the table in the comment', async () => {
  await using site = openSite()
  const sentinel = site.keep(await startSentinel())
  const { story } = await runRecipe(site, 'sentinel.yaml', { addresses: { sentinel: sentinel.options } })
  expect(new Set(sentinel.kept).size).toBe(3)
  const columns = /Columns: ([^#]+?)\./s
    .exec(story)?.[1]
    ?.match(/\w+(?= (?:datetime|string|long|int|boolean|dynamic))/g)
  for (const row of sentinel.rows) expect(columns).toEqual(expect.arrayContaining(Object.keys(row)))
})

it.concurrent('google-secops: UDM events with the values that the search of the comment asks for', async () => {
  await using site = openSite()
  const secops = site.keep(await startSecops())
  const { endpoint } = secops.options
  const more = { addresses: { google_secops: { endpoint } }, env: { GOOGLE_CREDENTIALS: secops.secret } }
  const { story } = await runRecipe(site, 'google-secops.yaml', more)
  expect(new Set(secops.kept).size).toBe(3)
  const asked = [...story.matchAll(/metadata\.(\w+) = "([^"]+)"/g)]
  expect(asked).toHaveLength(2)
  for (const { content } of secops.entries) {
    const { metadata } = content as { metadata: Record<string, string> }
    for (const [, name = '', value] of asked) expect(metadata[camelCase(name)]).toBe(value)
  }
})

/** `vendor_name` → `vendorName`. */
function camelCase(name: string): string {
  return name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
}
