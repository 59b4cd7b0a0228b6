import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { auditEvents } from '../../test/conformance/batches.ts'
import { asnDatabase, cityDatabase } from '../../test/mmdb/samples.ts'
import type { Enrich } from '../config/config.ts'
import type { AuditEvent } from '../event.ts'
import { compileEnrich } from './enrich.ts'

const folder = mkdtempSync(join(tmpdir(), 'enrich-'))
afterAll(() => rmSync(folder, { recursive: true }))
const city = join(folder, 'city.mmdb')
const asn = join(folder, 'asn.mmdb')
writeFileSync(city, cityDatabase())
writeFileSync(asn, asnDatabase())

const [sample] = auditEvents(1) as [AuditEvent]
const added = (enrich: Enrich, sourceIp?: string) => {
  const { sourceIp: _, ...event } = sample
  const given: AuditEvent = sourceIp === undefined ? event : { ...event, sourceIp }
  compileEnrich(enrich, { now: () => 0, warn() {} })(given)
  return given.enrichment
}

test('fields of the sink’s own, and what is known about the address', () => {
  expect(added({ fields: { env: 'prod', tier: 1 }, geoip: { city, asn } }, '198.51.100.7')).toStrictEqual({
    fields: { env: 'prod', tier: 1 },
    geo: {
      country: 'DE',
      countryName: 'Germany',
      region: 'Land Berlin',
      city: 'Berlin',
      latitude: 52.52,
      longitude: 13.405,
    },
    as: { number: 64_500, organization: 'Example Net' },
  })
})

test.each([
  ['2001:db8::7', { geo: { country: 'SE', countryName: 'Sweden' } }],
  ['198.51.7.7', { as: { number: 64_500, organization: 'Example Net' } }],
  ['203.0.113.7', undefined],
  ['192.0.2.1', undefined],
  [undefined, undefined],
])('absent is absent: %s', (address, expected) => {
  expect(added({ geoip: { city, asn } }, address)).toStrictEqual(expected)
})
