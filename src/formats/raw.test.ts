import { expect, test } from 'vitest'
import type { AuditEvent } from '../event.ts'
import { raw } from './raw.ts'

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

test('an absent record is null, so that each event keeps its line', () => {
  expect(raw.encode(withRaw(undefined))).toBe('null')
})
