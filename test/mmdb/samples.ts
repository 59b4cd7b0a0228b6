/** What the two kinds of database say about the addresses that tests use. */
import { writeMmdb } from './write-mmdb.ts'

export const cityDatabase = (city = 'Berlin') =>
  writeMmdb('GeoLite2-City', {
    '198.51.100.0/24': {
      country: { iso_code: 'DE', names: { de: 'Deutschland', en: 'Germany' } },
      subdivisions: [{ iso_code: 'BE', names: { en: 'Land Berlin' } }],
      city: { names: { en: city } },
      location: { latitude: 52.52, longitude: 13.405 },
    },
    '2001:db8::/32': { country: { iso_code: 'SE', names: { en: 'Sweden' } } },
    '203.0.113.0/25': { continent: { code: 'EU' } },
  })

export const asnDatabase = () =>
  writeMmdb('GeoLite2-ASN', {
    '198.51.0.0/16': { autonomous_system_number: 64_500, autonomous_system_organization: 'Example Net' },
  })
