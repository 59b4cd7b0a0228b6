import fc from 'fast-check'
import { expect, test } from 'vitest'
import { utf8Text, withinBytes } from './utf8-text.ts'

test.each([
  [undefined, undefined],
  ['', undefined],
  ['a\0b\n', 'a\0b\n'],
  ['\ud800x\udc00', '\ufffdx\ufffd'],
  ['😀', '😀'],
])('%j is %j', (text, expected) => {
  expect(utf8Text(text)).toBe(expected)
})

test.each([
  ['abc', 3, 'abc'],
  ['abcd', 3, 'abc'],
  ['aé', 2, 'a'],
  ['aé', 3, 'aé'],
  ['😀😀', 7, '😀'],
  ['😀', 3, ''],
])('%j within %i bytes is %j', (text, limit, expected) => {
  expect(withinBytes(text, limit)).toBe(expected)
})

test('a text within its limit is the longest beginning that fits', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.nat(20), (text, limit) => {
      const cut = withinBytes(text, limit)
      expect(text.startsWith(cut)).toBe(true)
      expect(cut.isWellFormed()).toBe(true)
      expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(limit)
      const [next = ''] = text.slice(cut.length)
      if (cut !== text) expect(Buffer.byteLength(cut + next)).toBeGreaterThan(limit)
    }),
  )
})
