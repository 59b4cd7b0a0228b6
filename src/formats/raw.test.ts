import { expect, test } from 'vitest'
import type { AuditEvent } from '../event.ts'
import { parseNativeText } from './native.ts'
import { raw } from './raw.ts'
import { withForeignLine } from './record-text.ts'

const withRaw = (value: unknown) => ({ raw: value }) as AuditEvent

test.each([
  '{"timestamp":1,"user":{"name":"Dana"},"event":"stack-created"}',
  '{"b":1,"a":"line\\nbreak, \\"quotes\\", \\u0000 and \\ud800"}',
  '["a",null,true]',
  '"text"',
])('prints %s as it came', (text) => {
  expect(raw.encode(withRaw(JSON.parse(text)))).toBe(text)
})

test('a megabyte stays one line', () => {
  const line = raw.encode(withRaw({ description: 'a\nb\r'.repeat(1 << 18) }))
  expect(line).not.toMatch(/[\r\n]/)
  expect(JSON.parse(line).description).toHaveLength(1 << 20)
})

test('an absent record is refused: an empty line would count as the event', () => {
  expect(() => raw.encode(withRaw(undefined))).toThrow(/has no record/)
})

const DEEP = [
  `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
  `${'{"a":'.repeat(5_000)}[1,"b",{"c":null}]${'}'.repeat(5_000)}`,
]

test.each(DEEP)('a deeply nested record is written completely', (text) => {
  expect(raw.encode(withRaw(JSON.parse(text)))).toBe(text)
})

const ODD =
  '{"big":9007199254740993,"b2":12345678901234567890123,"neg":-0,"f":1.0,"e":1e400,"tiny":1e-400,"a": 1,"a":2}'

test.each([
  ['', ODD],
  [',"enrichment":{"fields":{"raw":"}","x":"\\"{","y":{"raw":1}}}', ODD],
  [',"enrichment":{"fields":{"x":"1","raw":"2"}}', ODD],
  ['', '{"enrichment":{},"raw":1}'],
])('of an event that was read from its line%s, it is the exact text', (before, text) => {
  const line = `{"uid":"00","description":",\\"raw\\":"${before},"raw":${text}}`
  const event = parseNativeText(line)
  expect(raw.encode(event)).toBe(text)
  const bytes = raw.encodeLine?.(Buffer.from(line))
  expect(bytes && Buffer.from(bytes).toString()).toBe(before === '' ? text : undefined)
})

test('of an event whose members are in another order, it is what was parsed', () => {
  const line = '{"uid":"00","raw":{"a": 1},"more":1}'
  expect(raw.encode(withForeignLine(withRaw({ a: 1 }), line))).toBe('{"a":1}')
})

test('of a line that somebody else broke into several, it is what was parsed', () => {
  const line = '{"uid":"00","description":"","raw":{"a":\n1}}'
  expect(raw.encode(withForeignLine(withRaw({ a: 1 }), line))).toBe('{"a":1}')
})
