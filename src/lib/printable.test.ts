import { expect, test } from 'vitest'
import { harmlessJson, printable, unbroken } from './printable.ts'

const MARKS = 'a\u001b[31mb\r\nc\u202ed\u0000\u2028e\u009bf\u200bg\u{e0001}h'

test('texts from elsewhere cannot control the terminal', () => {
  expect(printable(MARKS)).toBe('a [31mb c d e f g h')
})

test('control characters are shown as marks where nothing may be left out', () => {
  expect(unbroken(MARKS)).toBe('a\\u001b[31mb\\r\\nc\\u202ed\\u0000\\u2028e\\u009bf\\u200bg\\udb40\\udc01h')
})

test('a JSON document is harmless and stays what it is', () => {
  const value = { [MARKS]: [MARKS, 'é 日本 😀 \\'] }
  const json = harmlessJson(JSON.stringify(value, undefined, 2))
  expect(JSON.parse(json)).toEqual(value)
  expect(json.split('\n')).toHaveLength(6)
  expect(json).toMatch(/^[^\p{Cf}\p{Zl}\p{Zp}\x7f-\x9f]*$/u)
})
