import { isIP } from 'node:net'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isIpAddress } from './ip-address.ts'

test.each(['198.51.100.7', '0.0.0.0', '255.255.255.255', '::', '::1', '2001:db8::7', '::ffff:198.51.100.7'])(
  '%s is one',
  (text) => {
    expect(isIpAddress(text)).toBe(true)
  },
)

test.each([
  ...[
    '',
    '1.2.3',
    '1.2.3.4.',
    '01.2.3.4',
    '1.2.3.256',
    '1.2.3.4 ',
    'localhost',
    '1***',
    ':',
    ':::',
    '1::2::3',
  ],
  ...['1:2:3:4:5:6:7:8:9', '1:2:3:4:5:6:7::8', '12345::', 'g::', '1.2.3.4::', 'fe80::1%eth0', '1:'],
])('%j is none', (text) => {
  expect(isIpAddress(text)).toBe(false)
})

const part = fc.oneof(
  fc.constantFrom('', ':', '::', '.', '0', 'f', 'ffff', '10000', '255', '256', '1.2.3.4', '%1'),
  fc.ipV4(),
)
const texts = fc.oneof(
  fc.ipV4(),
  fc.ipV6(),
  fc.array(part, { maxLength: 12 }).map((parts) => parts.join('')),
)

test('says what Node says', () => {
  fc.assert(
    fc.property(texts, (text) => {
      fc.pre(!text.includes('%'))
      expect(isIpAddress(text), text).toBe(isIP(text) !== 0)
    }),
    { numRuns: 5_000 },
  )
})
