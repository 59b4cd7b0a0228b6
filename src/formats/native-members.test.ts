import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hostileEvents } from '../../test/formats/hostile-events.ts'
import { native } from './native.ts'
import { createMemberReader } from './native-members.ts'

const NAMES =
  'uid source organization timestamp time observedAt action actionName category operation outcome severity actor token sourceIp required authFailure target description raw'.split(
    ' ',
  )

test('any members are read as a parser reads them, whatever the others hold', () => {
  fc.assert(
    fc.property(
      hostileEvents,
      fc.uniqueArray(fc.constantFrom(...NAMES), { minLength: 1 }),
      (event, names) => {
        const line = native.encode(event)
        const whole = JSON.parse(line) as Record<string, unknown>
        const wanted = names.filter((name) => Object.hasOwn(whole, name)).map((name) => [name, whole[name]])
        expect(createMemberReader(names)(Buffer.from(line))).toEqual(Object.fromEntries(wanted))
      },
    ),
    { numRuns: 2_000 },
  )
})

test('a member of the record is none of the event', () => {
  const line = Buffer.from('{"uid":"a","description":"\\",\\"token\\":1","raw":{"token":1,"target":{}}}')
  expect(createMemberReader(['uid', 'token', 'target'])(line)).toEqual({ uid: 'a' })
  expect(createMemberReader(['token', 'description'])(line)).toEqual({ description: '","token":1' })
})

test.each([
  '',
  'null',
  '{',
  '{}',
  '[]',
  '{"uid',
  '{"uid":',
  '{"uid":"a',
  '{"uid":"a" "b":1}',
  '{uid:1}',
  '\u0000',
])('a damaged line %j is an error', (line) => {
  expect(() => createMemberReader(['severity'])(Buffer.from(line))).toThrow(SyntaxError)
})
