import { isIP } from 'node:net'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addressVersion, isAddress } from './address.ts'

test.each([
  ...['198.51.100.7', '0.0.0.0', '255.255.255.255'].map((text) => [text, 4] as const),
  ...['::', '::1', '2001:db8::7', '::ffff:198.51.100.7'].map((text) => [text, 6] as const),
])('%s is of version %i', (text, version) => {
  expect(addressVersion(text)).toBe(version)
})

test.each([
  ...['', '-', 'localhost', '1***', '1.2.3', '1.2.3.4.', '01.2.3.4', '256.1.1.1', '1.2.3.4 ', '1.2.3.4:80'],
  ...[':', ':::', '1:', 'g::', '12345::', '1::2::3', '1:2:3:4:5:6:7:8:9', '1:2:3:4:5:6:7::8', '1.2.3.4::'],
  ...['fe80::1%eth0', '1::2]:80/x', '2001:db8:::7'],
])('%j is not one', (text) => {
  expect(isAddress(text)).toBe(false)
})

const piece = fc.constantFrom(
  ...[':', '::', '.', '0', '1', '01', '25', '255', '256', 'f', 'ff', 'db8', 'ffff', '10000', '1.2.3.4'],
)

test('agrees with Node about any text', () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), fc.string({ unit: piece, maxLength: 12 })), (text) => {
      expect(addressVersion(text) ?? 0).toBe(isIP(text))
    }),
    { numRuns: 5_000 },
  )
})
