import { expect, test } from 'vitest'
import { escaped, marked } from './turned-text.ts'

const CONTROLS = [
  '061c',
  '200e',
  '200f',
  '202a',
  '202b',
  '202c',
  '202d',
  '202e',
  '2066',
  '2067',
  '2068',
  '2069',
]

test.each(CONTROLS)('U+%s is visible, in code and elsewhere', (hex) => {
  const text = `a${String.fromCharCode(Number.parseInt(hex, 16))}b`
  expect(escaped(text)).toBe(`a\\u${hex}b`)
  expect(marked(text)).toBe(`a⟨U+${hex.toUpperCase()}⟩b`)
})

test('JSON with escapes in it means the same', () => {
  const text = JSON.stringify({ file: '\u202egnp.exe' })
  expect(JSON.parse(escaped(text))).toEqual(JSON.parse(text))
})

test('text that reads from right to left by itself stays as it is', () => {
  const text = 'שלום, "عربي" 佐藤 \u200d\u200b'
  expect([escaped(text), marked(text)]).toEqual([text, text])
})
