import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, expect, test, vi } from 'vitest'
import { asnDatabase, cityDatabase } from '../../test/mmdb/samples.ts'
import { writeMmdb } from '../../test/mmdb/write-mmdb.ts'
import { LOOK_EVERY_MS, openMmdb, whyNoMmdb } from './mmdb.ts'

const folder = mkdtempSync(join(tmpdir(), 'mmdb-'))
afterAll(() => rmSync(folder, { recursive: true }))

const write = (name: string, bytes: Uint8Array) => {
  const file = join(folder, name)
  writeFileSync(file, bytes)
  return file
}
const quiet = { now: () => 0, warn() {} }

test.each([
  ['198.51.100.7', 'Berlin'],
  ['::ffff:198.51.100.7', undefined],
  ['198.51.101.7', undefined],
  ['', undefined],
  ['198.51.100.7:443', undefined],
  ['not an address', undefined],
])('%j is in %s', (address, city) => {
  const mmdb = openMmdb(write('city.mmdb', cityDatabase()), 'city', quiet)
  expect(mmdb.find(address)).toEqual(city && expect.objectContaining({ city: { names: { en: city } } }))
})

test('IPv6, and a database of IPv4 alone', () => {
  const both = openMmdb(write('city.mmdb', cityDatabase()), 'city', quiet)
  expect(both.find('2001:db8::1')).toEqual({ country: { iso_code: 'SE', names: { en: 'Sweden' } } })
  const four = openMmdb(write('v4.mmdb', writeMmdb('X-ASN', { '32.1.0.0/16': { x: 'y' } }, 4)), 'asn', quiet)
  expect(four.find('32.1.9.9')).toEqual({ x: 'y' })
  expect(four.find('2001:db8::1')).toBeUndefined()
})

test('a file that is damaged inside is named at an address there, and serves the others', () => {
  const bytes = cityDatabase()
  const at = bytes.indexOf('country')
  const file = write('inside.mmdb', bytes.fill(0xff, at - 2, at + 3))
  const mmdb = openMmdb(file, 'city', quiet)
  expect(mmdb.find('192.0.2.1')).toBeUndefined()
  expect(() => mmdb.find('198.51.100.7')).toThrow(
    /inside\.mmdb is damaged inside \(.*\): download GeoLite2-City\.mmdb again$/,
  )
})

test('a changed file takes effect, a damaged one is warned of once and changes nothing', () => {
  let now = 0
  const warn = vi.fn()
  const file = write('live.mmdb', cityDatabase())
  const mmdb = openMmdb(file, 'city', { now: () => now, warn })
  const cityIn = (ms: number) => {
    now += ms
    return (mmdb.find('198.51.100.7') as { city: { names: { en: string } } } | undefined)?.city.names.en
  }
  write('live.mmdb', cityDatabase('Hamburg-Altona'))
  expect(cityIn(LOOK_EVERY_MS - 1)).toBe('Berlin')
  expect(cityIn(1)).toBe('Hamburg-Altona')

  truncateSync(file, 300)
  expect(cityIn(LOOK_EVERY_MS)).toBe('Hamburg-Altona')
  expect(cityIn(LOOK_EVERY_MS)).toBe('Hamburg-Altona')
  rmSync(file)
  expect(cityIn(LOOK_EVERY_MS)).toBe('Hamburg-Altona')
  expect(cityIn(LOOK_EVERY_MS)).toBe('Hamburg-Altona')
  expect(warn.mock.calls).toEqual([
    [
      expect.stringContaining('not taken'),
      { file, reason: expect.stringContaining('not a whole MMDB file') },
    ],
    [expect.stringContaining('not taken'), { file, reason: expect.stringContaining('ENOENT') }],
  ])

  write('live.mmdb', cityDatabase('Kiel'))
  expect(cityIn(LOOK_EVERY_MS)).toBe('Kiel')
})

test.each([
  ['empty', Buffer.alloc(0), 'is not a whole MMDB file: download GeoLite2-City.mmdb again'],
  ['text', Buffer.from('<html>Sign in</html>'), 'is not a whole MMDB file'],
  ['head', cityDatabase().subarray(0, 200), 'is not a whole MMDB file'],
  ['tail', cityDatabase().subarray(-200), 'is not a whole MMDB file'],
  [
    'hollow',
    Buffer.concat([cityDatabase().subarray(0, 200), cityDatabase().subarray(208)]),
    'is not a whole MMDB file',
  ],
  ['packed', gzipSync(cityDatabase()), 'is packed (gzip): unpack it, and name GeoLite2-City.mmdb'],
  ['asn', asnDatabase(), 'holds GeoLite2-ASN, but a City or Country database belongs here'],
])('%s is refused', (name, bytes, reason) => {
  const file = write(name, bytes)
  expect(whyNoMmdb(file, 'city')).toContain(reason)
  expect(() => openMmdb(file, 'city', quiet)).toThrow(reason)
})

test('a good one is not', () => {
  expect(whyNoMmdb(write('city.mmdb', cityDatabase()), 'city')).toBeUndefined()
  expect(whyNoMmdb(write('asn.mmdb', asnDatabase()), 'asn')).toBeUndefined()
})
