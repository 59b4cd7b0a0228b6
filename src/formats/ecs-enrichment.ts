/** What the rule `enrich` added, as ECS fields. */
import type { Enrichment } from '../event.ts'
import { objectMember, textMember } from './json-members.ts'

/** For `source`: where the address is, and whose network it belongs to. */
export function networkMembers({ geo = {}, as = {} }: Enrichment = {}): string {
  const { latitude, longitude } = geo
  const isPlaced = latitude !== undefined && longitude !== undefined
  return (
    objectMember(
      'geo',
      textMember('country_iso_code', geo.country) +
        textMember('country_name', geo.countryName) +
        textMember('region_name', geo.region) +
        textMember('city_name', geo.city) +
        (isPlaced ? `,"location":{"lat":${latitude},"lon":${longitude}}` : ''),
    ) +
    objectMember(
      'as',
      (as.number === undefined ? '' : `,"number":${as.number}`) +
        objectMember('organization', textMember('name', as.organization)),
    )
  )
}

/** Static fields are labels: keywords, under names without dots, which Elasticsearch would take for paths. */
export function labelsMember({ fields = {} }: Enrichment = {}): string {
  const members = Object.entries(fields).map(
    ([name, value]) => `,${JSON.stringify(name.replaceAll('.', '_'))}:${JSON.stringify(String(value))}`,
  )
  return objectMember('labels', members.join(''))
}

/** How many events this one stands for. */
export function sampledMember({ sampled }: Enrichment = {}): string {
  return sampled === undefined ? '' : `,"sampled":{"keep":${sampled.keep},"of":${sampled.of}}`
}
