import { expect, test } from 'vitest'
import { maskAddress, maskText } from './mask.ts'

test.each([
  ['198.51.100.7', '198.51.100.0'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1::'],
  ['2001:db8::7', '2001:db8:0::'],
  ['2001:db8:1:2::7', '2001:db8:1::'],
  ['::1', '0:0:0::'],
  ['::', '0:0:0::'],
  ['1::', '1:0:0::'],
  ['fe80::1%eth0', 'fe80:0:0::'],
  ['::1:2:3:4:5:6%eth0.1', '0:0:1::'],
  ['64:ff9b::192.0.2.33', '64:ff9b:0::'],
  ['::1:2:3:4:5:192.0.2.33', '0:1:2::'],
  ['::ffff:192.0.2.33', '::ffff:192.0.2.0'],
  ['not an address', 'n***'],
  ['198.51.100.7:443', '1***'],
  ['', ''],
])('the network of %s', (address, masked) => {
  expect(maskAddress(address)).toBe(masked)
})

test.each([
  ['dana', 'd***'],
  ['d', 'd***'],
  ['🦀 crab', '🦀***'],
  ['', ''],
])('%s keeps its first character', (text, masked) => {
  expect(maskText(text)).toBe(masked)
})

test.each([
  ['198.51.100.77', 32, '198.51.100.77'],
  ['198.51.100.77', 26, '198.51.100.64'],
  ['198.51.100.77', 16, '198.51.0.0'],
  ['198.51.100.77', 0, '0.0.0.0'],
  ['::ffff:198.51.100.77', 16, '::ffff:198.51.0.0'],
])('%s with %i bits', (address, v4, masked) => {
  expect(maskAddress(address, { v4, v6: 48 })).toBe(masked)
})

test.each([
  ['2001:db8:1:2:3:4:5:6', 128, '2001:db8:1:2:3:4:5:6'],
  ['2001:db8::6', 128, '2001:db8:0:0:0:0:0:6'],
  ['2001:db8:1:2ff:3:4:5:6', 56, '2001:db8:1:200::'],
  ['2001:db8:1:2::', 64, '2001:db8:1:2::'],
  ['2001:DB8:1::', 32, '2001:db8::'],
  ['2001:db8::', 0, '::'],
])('%s with %i bits', (address, v6, masked) => {
  expect(maskAddress(address, { v4: 24, v6 })).toBe(masked)
})
