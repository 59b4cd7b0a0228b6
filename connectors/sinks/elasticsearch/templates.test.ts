/** Holds the templates of deploy/opensearch against what the format ecs writes. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { AuditEvent } from '../../../src/event.ts'
import { lineFormat } from '../../../src/formats/formats.ts'
import { auditEvents } from '../../../test/conformance/batches.ts'
import { config } from './config.ts'

interface Field {
  readonly type?: string
  readonly properties?: Readonly<Record<string, Field>>
}

const read = (name: string) => JSON.parse(readFileSync(`deploy/opensearch/${name}.json`, 'utf8'))
const { mappings } = read('component-template').template as { mappings: Field }
const { index_patterns, composed_of, data_stream } = read('index-template')

test('every field of the format has a mapping that accepts its value', () => {
  const golden = readFileSync('test/formats/golden/ecs.ndjson', 'utf8').trimEnd().split('\n')
  const { encode } = lineFormat('ecs', { ecs: { original: true } })
  const documents = [...golden, ...auditEvents(6).map(encode), encode(enriched())].map((line) =>
    JSON.parse(line),
  )
  expect([...new Set(documents.flatMap((it) => unmapped(it, mappings, '')))]).toEqual([])
})

test('a field without a mapping, and one of another type, are noticed', () => {
  expect(unmapped({ a: { b: 1 }, message: 1, '@timestamp': 'x' }, mappings, '')).toEqual(['.a', '.message'])
})

test('the template makes the default index a data stream', () => {
  const { index } = config.parse({ endpoint: 'https://opensearch.example:9200' })
  expect(index_patterns.some((it: string) => new RegExp(`^${it.replace('*', '.*')}$`).test(index))).toBe(true)
  expect({ composed_of, data_stream }).toEqual({ composed_of: ['auditferry-ecs'], data_stream: {} })
})

const TYPES: Readonly<Record<string, readonly string[]>> = {
  string: ['keyword', 'text', 'date', 'ip'],
  number: ['long'],
  boolean: ['boolean'],
  object: ['flat_object', 'geo_point'],
}

function unmapped(value: unknown, field: Field | undefined, path: string): string[] {
  if (Array.isArray(value)) return value.flatMap((it) => unmapped(it, field, path))
  const { type, properties } = field ?? {}
  if (type !== undefined) return TYPES[typeof value]?.includes(type) ? [] : [path]
  if (typeof value !== 'object' || value === null || properties === undefined) return [path]
  return Object.entries(value).flatMap(([name, inner]) =>
    unmapped(inner, properties[name], `${path}.${name}`),
  )
}

function enriched(): AuditEvent {
  const [event] = auditEvents(1)
  if (event === undefined) throw new Error('no event')
  const geo = {
    country: 'DE',
    countryName: 'Germany',
    region: 'BE',
    city: 'Berlin',
    latitude: 52.5,
    longitude: 13.4,
  }
  return {
    ...event,
    sourceIp: '198.51.100.7',
    enrichment: { geo, as: { number: 64496, organization: 'Example' }, sampled: { keep: 1, of: 10 } },
  }
}
