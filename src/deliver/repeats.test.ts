import { expect, test } from 'vitest'
import { auditEvents } from '../../test/conformance/batches.ts'
import type { AuditEvent } from '../event.ts'
import { createRepeats } from './repeats.ts'

const [sample] = auditEvents(1) as [AuditEvent]
const at = (timestamp: number, uid: string, more: Partial<AuditEvent> = {}): AuditEvent => ({
  ...sample,
  ...more,
  timestamp,
  uid,
})
const judge = (events: readonly AuditEvent[], remembered?: number) => {
  const repeats = createRepeats(60_000, remembered)
  return events.map((event) => repeats.isRepeat(event))
}

test('a repeat is left out until the window since the last that was taken is over', () => {
  expect(judge([at(100, 'a'), at(100, 'b'), at(159, 'c'), at(160, 'd'), at(219, 'e'), at(220, 'f')])).toEqual(
    [...[false, true, true, false, true, false]],
  )
})

test.each<[string, Partial<AuditEvent>, boolean]>([
  ['the token', { token: { id: 'other', name: 'other' } }, true],
  ['what was seen when', { observedAt: 7 }, true],
  ['the picture of the actor', { actor: { ...sample.actor, avatarUrl: 'https://other', email: 'x' } }, true],
  ['the record', { raw: { other: 1 } }, true],
  ['the action', { action: 'other' }, false],
  ['the outcome', { outcome: 'failure' }, false],
  ['the login', { actor: { ...sample.actor, login: 'other' } }, false],
  ['the target', { target: { type: 'stack', stack: 'other' } }, false],
  ['the address', { sourceIp: '203.0.113.9' }, false],
  ['the description', { description: 'other' }, false],
  ['the source', { source: 'other' }, false],
])('with another value of %s', (_, more, isRepeat) => {
  expect(judge([at(100, 'a'), at(101, 'b', more)])).toEqual([false, isRepeat])
})

test('an event is never its own repeat, however often it is judged', () => {
  expect(judge([at(100, 'a'), at(100, 'a'), at(101, 'b'), at(100, 'a')])).toEqual([false, false, true, false])
})

test('in doubt it is sent: a late event, and one whose original was forgotten', () => {
  expect(judge([at(100, 'a'), at(99, 'b'), at(101, 'c')])).toEqual([false, false, true])
  const others = ['x', 'y'].map((description) => at(100, description, { description }))
  expect(judge([at(100, 'a'), ...others, at(101, 'b')], 2)).toEqual([false, false, false, false])
  expect(judge([at(100, 'a'), ...others, at(101, 'b')], 3)).toEqual([false, false, false, true])
})

test('a late event leaves the window where it was', () => {
  expect(judge([at(100, 'a'), at(50, 'b'), at(159, 'c')])).toEqual([false, false, true])
})

test('the event that was taken longest ago is forgotten first', () => {
  const other = at(100, 'x', { description: 'x' })
  const third = at(161, 'y', { description: 'y' })
  expect(judge([at(100, 'a'), other, at(160, 'b'), third, at(162, 'c')], 2)).toEqual([
    ...[false, false, false, false, true],
  ])
})

test('what is taken without being judged counts too, unless it is older', () => {
  const repeats = createRepeats(60_000)
  repeats.take(at(100, 'a'))
  repeats.take(at(50, 'b'))
  expect(repeats.isRepeat(at(159, 'c'))).toBe(true)
  expect(repeats.isRepeat(at(160, 'd'))).toBe(false)
})
