import { expect, it } from 'vitest'
import { readPlainEntry } from './plain-entry.ts'

const UID = 'a1'.repeat(32)
const entryOf = (line: string) => JSON.stringify(['1795384800000000007', line, { uid: UID }])

it.each(['', 'plain', 'with "quotes", \\ and \n\t\r\b\f', 'ö佐😀', '"],["1'])(
  'reads %j as JSON.parse does',
  (line) => {
    const found = readPlainEntry(Buffer.from(entryOf(line)))
    const { nanoseconds, uid, metadata, size } = found ?? {}
    expect({ nanoseconds, uid, metadata, size, line: found?.line }).toEqual({
      ...{ nanoseconds: 1_795_384_800_000_000_007n, uid: UID, metadata: { uid: UID } },
      ...{ size: Buffer.byteLength(line), line },
    })
  },
)

const text = entryOf('abc')
it.each([
  ['a quote that is not escaped', text.replace('b', '"')],
  ['a line end', text.replace('b', '\n')],
  ['an unknown escape', text.replace('b', '\\x')],
  ['an escape at the end', text.replace('abc', 'ab\\')],
  ['an escape by number', text.replace('b', '\\u0041')],
  ['no time', text.replace(/\d+/, '')],
  ['a time that is no number', text.replace(/\d+/, '12x')],
  ['a longer time', text.replace(/\d+/, '9'.repeat(20))],
  ['a number for a time', text.replace(/"(\d+)"/, '$1')],
  ['no uid', text.replace(/,\{.*\}/, '')],
  ['a short uid', text.replace('a1', '')],
  ['more metadata', text.replace('}', ',"a":"b"}')],
  ['a fourth member', text.replace(/\]$/, ',1]')],
  ['a missing end', text.slice(0, -1)],
  ['spaces', text.replaceAll(',', ', ')],
])('leaves one with %s to JSON.parse', (_, json) => {
  expect(readPlainEntry(Buffer.from(json))).toBeUndefined()
})
