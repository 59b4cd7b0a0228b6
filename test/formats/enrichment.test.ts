/** What the rule enrich adds, in every format that has a place for it. */
import { expect, test } from 'vitest'
import type { AuditEvent } from '../../src/event.ts'
import type { FormatName } from '../../src/formats/format.ts'
import { lineFormat } from '../../src/formats/formats.ts'
import { readCef } from './read-cef.ts'
import { readLeef } from './read-leef.ts'
import { eventOf } from './sample-events.ts'
import { validatorOf } from './validator.ts'

const enrichment = {
  fields: { 'team.name': 'soc', tier: 1, prod: true },
  geo: {
    country: 'CH',
    countryName: 'Switzerland',
    region: 'Zurich',
    city: 'Zürich',
    latitude: 47.37,
    longitude: 8.54,
  },
  as: { number: 64_496, organization: 'Example Net' },
  sampled: { keep: 1, of: 10 },
}
const event: AuditEvent = { ...eventOf({ event: 'stack-created' }), enrichment }

const SCHEMAS: Partial<Record<FormatName, [name: string, version?: string]>> = {
  ocsf: ['ocsf', '1.9.0'],
  ecs: ['ecs'],
  udm: ['udm'],
  asim: ['asim-audit'],
}

test.each<[FormatName, object]>([
  ['native', { enrichment }],
  [
    'ocsf',
    {
      src_endpoint: { ip: '198.51.100.7', location: { country: 'CH', region: 'Zurich', city: 'Zürich' } },
      unmapped: { enrichment },
    },
  ],
  [
    'ecs',
    {
      source: {
        geo: {
          country_iso_code: 'CH',
          country_name: 'Switzerland',
          region_name: 'Zurich',
          city_name: 'Zürich',
          location: { lat: 47.37, lon: 8.54 },
        },
        as: { number: 64_496, organization: { name: 'Example Net' } },
      },
      labels: { team_name: 'soc', tier: '1', prod: 'true' },
      pulumi: { audit: { sampled: { keep: 1, of: 10 } } },
    },
  ],
  [
    'udm',
    {
      principal: {
        location: {
          countryOrRegion: 'Switzerland',
          state: 'Zurich',
          city: 'Zürich',
          regionCoordinates: { latitude: 47.37, longitude: 8.54 },
        },
      },
      additional: { enrichment: JSON.stringify(enrichment) },
    },
  ],
  [
    'asim',
    {
      SrcGeoCountry: 'Switzerland',
      SrcGeoRegion: 'Zurich',
      SrcGeoCity: 'Zürich',
      SrcGeoLatitude: 47.37,
      SrcGeoLongitude: 8.54,
      AdditionalFields: { Enrichment: JSON.stringify(enrichment) },
    },
  ],
])('%s', (name, expected) => {
  const line = lineFormat(name).encode(event)
  expect(JSON.parse(line)).toMatchObject(expected)
  const schema = SCHEMAS[name]
  if (schema !== undefined) expect(validatorOf(...schema)(line)).toEqual([])
})

test('otel has the place as attributes, and all of it as one', () => {
  const line = lineFormat('otel').encode(event)
  expect(validatorOf('otel')(line)).toEqual([])
  const [{ attributes }] = JSON.parse(line).resourceLogs[0].scopeLogs[0].logRecords
  const values = Object.fromEntries(
    attributes.map((it: { key: string; value: { stringValue?: string } }) => [it.key, it.value.stringValue]),
  )
  expect(values).toMatchObject({
    'geo.country.iso_code': 'CH',
    'geo.locality.name': 'Zürich',
    'pulumi.audit.enrichment': JSON.stringify(enrichment),
  })
})

test('cef and leef have it as JSON under a key of their own', () => {
  const text = JSON.stringify(enrichment)
  expect(readCef(lineFormat('cef').encode(event)).extension.get('PulumiCloudEnrichment')).toBe(text)
  expect(readLeef(lineFormat('leef').encode(event)).pairs.get('enrichment')).toBe(text)
})

test('a place without an address, which was redacted, is still told', () => {
  const { sourceIp: _, ...without } = event
  expect(JSON.parse(lineFormat('ecs').encode(without)).source).toMatchObject({
    geo: { country_iso_code: 'CH' },
  })
  expect(JSON.parse(lineFormat('ocsf').encode(without)).unmapped).toMatchObject({ enrichment })
})
