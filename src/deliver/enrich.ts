/** What a sink adds to its events: configured fields, and where the source address is and whose network it belongs to. */
import type { Enrich } from '../config/config.ts'
import type { AuditEvent, Enrichment } from '../event.ts'
import { memberAt } from '../lib/members.ts'
import { type Mmdb, type MmdbOptions, openMmdb } from '../lib/mmdb.ts'

/** Changes the event it is given, which the caller owns. Throws when a database is damaged at the address. */
export type Enricher = (event: AuditEvent) => void

/** Throws an Error that says which file can't be used. */
export function compileEnrich({ fields, geoip }: Enrich, options: MmdbOptions): Enricher {
  const city = geoip?.city === undefined ? undefined : openMmdb(geoip.city, 'city', options)
  const asn = geoip?.asn === undefined ? undefined : openMmdb(geoip.asn, 'asn', options)
  const named = fields === undefined || Object.keys(fields).length === 0 ? undefined : fields
  return (event) => {
    const geo = geoOf(event.sourceIp, city)
    const as = networkOf(event.sourceIp, asn)
    const added = present({ fields: named, geo, as })
    if (added !== undefined) addTo(event, added)
  }
}

/** Keeps what was added before. */
export function addTo(event: AuditEvent, added: Enrichment): void {
  const own = event as { enrichment?: Enrichment }
  own.enrichment = { ...own.enrichment, ...added }
}

function geoOf(address: string | undefined, database: Mmdb | undefined): Enrichment['geo'] {
  const record = address === undefined ? undefined : database?.find(address)
  if (record === undefined) return undefined
  return present({
    country: text(memberAt(record, ['country', 'iso_code'])),
    countryName: text(memberAt(record, ['country', 'names', 'en'])),
    region: text(memberAt(record, ['subdivisions', '0', 'names', 'en'])),
    city: text(memberAt(record, ['city', 'names', 'en'])),
    latitude: number(memberAt(record, ['location', 'latitude'])),
    longitude: number(memberAt(record, ['location', 'longitude'])),
  })
}

function networkOf(address: string | undefined, database: Mmdb | undefined): Enrichment['as'] {
  const record = address === undefined ? undefined : database?.find(address)
  if (record === undefined) return undefined
  return present({
    number: number(memberAt(record, ['autonomous_system_number'])),
    organization: text(memberAt(record, ['autonomous_system_organization'])),
  })
}

/** Leaves out members without a value, and an object without members altogether. */
function present<Members extends object>(members: Members): Present<Members> | undefined {
  const given = Object.entries(members).filter(([, value]) => value !== undefined)
  return given.length === 0 ? undefined : (Object.fromEntries(given) as Present<Members>)
}

type Present<Members> = { [Name in keyof Members]?: Exclude<Members[Name], undefined> }

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}
