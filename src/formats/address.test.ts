import { isIP } from 'node:net'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addressVersion } from './address.ts'

test.each([
  ['198.51.100.7', 4],
  ['255.255.255.255', 4],
  ['256.1.1.1', undefined],
  ['1.2.3', undefined],
  ['1.2.3.4 ', undefined],
  ['1.2.3.4:80', undefined],
  ['2001:db8::7', 6],
  ['::', 6],
  ['::ffff:198.51.100.7', 6],
  ['2001:db8:::7', undefined],
  ['fe80::1%eth0', undefined],
  ['1::2]:80/x', undefined],
  ['-', undefined],
  ['', undefined],
])('%j is of version %s', (text, version) => {
  expect(addressVersion(text)).toBe(version)
})

test('agrees with Node about any address', () => {
  const piece = fc.constantFrom(':', '::', '.', '0', '1', '25', '255', 'ff', 'db8', '01')
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), fc.string({ unit: piece, maxLength: 12 })), (text) => {
      expect(addressVersion(text) ?? 0).toBe(isIP(text))
    }),
    { numRuns: 2_000 },
  )
})
