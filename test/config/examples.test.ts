/** The files under config/ are valid for the real connectors. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import type { JsonSchema } from '../../src/config/json-schema.ts'
import { loadConfig, loadConfigText } from '../../src/config/load.ts'
import { formatProblem } from '../../src/config/problems.ts'
import { connectors } from '../../src/connectors.gen.ts'

const folder = resolve(import.meta.dirname, '../../config')
const examples = readdirSync(join(folder, 'examples')).filter((name) => !name.endsWith('.tests.yaml'))

const env = {
  PULUMI_ACCESS_TOKEN: 'pul-1',
  PULUMI_LAB_TOKEN: 'pul-2',
  SPLUNK_HEC_TOKEN: '00000000-0000-0000-0000-000000000000',
  WEBHOOK_SECRET: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  REDACTION_KEY: 'key',
  LOG_HEC_TOKEN: '00000000-0000-0000-0000-000000000001',
  LOKI_PASSWORD: 'password',
  ELASTIC_API_KEY: 'a2V5LWlkOmtleQ==',
  CRIBL_HEC_TOKEN: '00000000-0000-0000-0000-000000000002',
  DD_API_KEY: 'api-key',
  GOOGLE_CREDENTIALS: '{}',
  GRAFANA_CLOUD_TOKEN: 'glc_token',
  LOGSCALE_TOKEN: 'ingest-token',
  PANTHER_TOKEN: 'token',
  AZURE_CLIENT_SECRET: 'client-secret',
  SUMO_HTTP_SOURCE: 'https://endpoint.collection.sumologic.com/receiver/v1/http/code',
  XSIAM_TOKEN: 'token',
  AZURE_BLOB_SAS: 'sv=2025-01-05&sr=c&sp=rc&se=2027-01-01T00:00:00Z&sig=c2ln',
  KAFKA_PASSWORD: 'password',
  EVENT_HUBS_CONNECTION: 'Endpoint=sb://acme-audit.servicebus.windows.net/;SharedAccessKey=aGk=',
}

test('there are examples for every sink', async () => {
  expect(examples).toEqual([
    'archive.yaml',
    'arcsight.yaml',
    'azure-blob.yaml',
    'cribl.yaml',
    'datadog.yaml',
    'elastic.yaml',
    'event-hubs.yaml',
    'eventbridge.yaml',
    'everything.yaml',
    'gcs.yaml',
    'google-secops.yaml',
    'grafana-cloud.yaml',
    'kafka.yaml',
    'kinesis.yaml',
    'logscale.yaml',
    'loki.yaml',
    'opensearch.yaml',
    'panther.yaml',
    'pubsub.yaml',
    'qradar.yaml',
    's3.yaml',
    'security-lake.yaml',
    'sentinel.yaml',
    'splunk-cloud.yaml',
    'splunk.yaml',
    'sqs.yaml',
    'sumo.yaml',
    'webhook.yaml',
    'xsiam.yaml',
  ])
  const types = examples.map(async (name) => {
    const result = await loadConfig(join(folder, 'examples', name), env)
    return result.ok ? Object.values(result.config.sinks).map((sink) => sink.definition.type) : []
  })
  const used = new Set((await Promise.all(types)).flat())
  expect([...used].toSorted()).toEqual(Object.keys(connectors.sinks).toSorted())
})

test('docs/recipes.md lists each example, with the formats of its sinks', async () => {
  const page = readFileSync(join(folder, '../docs/recipes.md'), 'utf8')
  const rows = [...page.matchAll(/^\|.*\(\.\.\/config\/examples\/([^)]+)\)(.*)$/gm)]
  expect(rows.map(([, name]) => name).toSorted()).toEqual(examples)
  for (const [, name = '', rest = ''] of rows) {
    const result = await loadConfig(join(folder, 'examples', name), env)
    const sinks = result.ok ? Object.values(result.config.sinks).filter((sink) => sink.enabled) : []
    const named = [...rest.matchAll(/`(\w+)`/g)].map((match) => match[1])
    const used = sinks.flatMap(({ definition, format }) => [definition.type, format])
    expect({ name, named: new Set(named) }).toEqual({ name, named: new Set(used) })
  }
})

test.each(examples)('%s loads without a warning', async (name) => {
  const result = await loadConfig(join(folder, 'examples', name), env)
  expect(result.ok ? [] : result.errors.map(formatProblem)).toEqual([])
  expect(result.warnings).toEqual([])
})

test.each(examples)('%s without its variables names each of them', async (name) => {
  const text = readFileSync(join(folder, 'examples', name), 'utf8').replaceAll(/^ *#.*$/gm, '')
  const wanted = [...text.matchAll(/\$\{(\w+)(?!\w|:-)/g)].map((match) => match[1])
  const result = await loadConfig(join(folder, 'examples', name), {})
  const named = (result.ok ? [] : result.errors).map(
    (it) => /environment variable (\w+)/.exec(it.message)?.[1],
  )
  expect(new Set(named)).toEqual(new Set(wanted))
  expect(wanted.length).toBeGreaterThan(0)
})

test('default.yaml lacks only what is required, or a choice', async () => {
  const text = readFileSync(join(folder, 'default.yaml'), 'utf8')
  const result = await loadConfigText(text, 'default.yaml', {})
  const required = text.match(/^ {4}# \w+: # required$/gm) ?? []
  expect(required.length).toBeGreaterThan(4)
  const all = result.ok ? [] : result.errors
  // One of two options is needed, so neither can be marked required.
  const choices = all.filter(({ message }) => message.startsWith('needs `'))
  expect(choices.map(({ path }) => path)).toEqual(['sinks.my_archive'])
  const errors = all.filter((it) => !choices.includes(it))
  expect(errors.map((it) => it.path.split('.')[2])).toEqual(
    required.map((line) => /# (\w+):/.exec(line)?.[1]),
  )
  expect(errors.filter((it) => !it.message.startsWith('is required'))).toEqual([])
})

test('schema.json describes every option of every connector', () => {
  const schema: JsonSchema = JSON.parse(readFileSync(join(folder, 'schema.json'), 'utf8'))
  expect(undescribed(schema, '')).toEqual([])
})

function undescribed(schema: JsonSchema, path: string): string[] {
  const own = Object.entries(schema.properties ?? {}).flatMap(([key, option]) => {
    const bare = key !== 'type' && option.description === undefined ? [`${path}.${key}`] : []
    return [...bare, ...undescribed(option, `${path}.${key}`)]
  })
  const nested = [schema.additionalProperties, schema.items, ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])]
  return [...own, ...nested.flatMap((it) => (typeof it === 'object' ? undescribed(it, path) : []))]
}
