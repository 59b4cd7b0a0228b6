import { expect, test } from 'vitest'
import { quote } from './quote.ts'

test('every UTF-16 unit is quoted as JSON.stringify does', () => {
  const units = Array.from({ length: 0x10000 }, (_, unit) => `a${String.fromCharCode(unit)}b`)
  expect(units.filter((text) => quote(text) !== JSON.stringify(text))).toEqual([])
})

test.each(['', 'plain', 'a "b" \\c', '\ud83d\ude00', '\ude00\ud83d'])('so is %j', (text) => {
  expect(quote(text)).toBe(JSON.stringify(text))
})
