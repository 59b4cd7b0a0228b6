import { expect, it } from 'vitest'
import { Cursor } from './cursor.ts'

it.each(['', 'plain', '"', 'a"b', '\n\n', 'a\u0001"', '"\u0001"b', '😀\\', '\ufffd', '\u0001\u0002"\u001f'])(
  'reads %j, and what stands behind it',
  (text) => {
    const cursor = new Cursor()
    cursor.open(Buffer.from(`${JSON.stringify(text)}:"end"`))
    cursor.text()
    expect(said(cursor)).toBe(text)
    cursor.skip(':')
    cursor.text()
    expect(said(cursor)).toBe('end')
  },
)

it.each(['\\ud83d\\ude00', 'a\\u00e9b', '\\u20ac\\u0001\\ud83d\\ude00\\"'])('reads %s', (json) => {
  const cursor = new Cursor()
  cursor.open(Buffer.from(`"${json}"`))
  cursor.text()
  expect(said(cursor)).toBe(JSON.parse(`"${json}"`))
})

it.each(['"', '"a', '"a\\', '"a\\n', '"a\\u00', '"a\\n\\u0001', '"\\"', '"\\u0001\\"'])(
  'takes %s for no text, whatever stands behind it in memory',
  (cut) => {
    const cursor = new Cursor()
    cursor.open(Buffer.from(`${cut}"""`).subarray(0, cut.length))
    expect(() => cursor.text()).toThrow()
  },
)

function said({ bytes, from, to }: Cursor): string {
  return bytes.toString('utf8', from, to)
}
