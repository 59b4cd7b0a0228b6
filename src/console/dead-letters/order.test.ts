import { expect, it } from 'vitest'
import type { DeadLetterJson } from '../../engine/dead-letter-json.ts'
import { ORDERS, sorted } from './order.ts'

const letter = (id: string, parts: Partial<DeadLetterJson>): DeadLetterJson => ({
  ...{
    id,
    sink: 'soc',
    source: 'acme',
    uid: id,
    at: '2026-11-25T10:00:00.000Z',
    attempts: 1,
    reason: 'HTTP 400',
  },
  ...{ answer: '', state: 'parked', event: { actionName: 'Stack Deleted', description: '' } },
  ...parts,
})
const LETTERS = [
  letter('a', { sink: 'b10', attempts: 3 }),
  letter('b', { sink: 'b9', reason: 'HTTP 413', at: '2026-11-25T11:00:00.000Z' }),
  letter('c', { sink: 'a', reason: 'no "time"', attempts: 3, at: '2026-11-25T12:00:00.000Z' }),
]

it.each([
  ['', 'a b c'],
  ['newest', 'c b a'],
  ['attempts', 'a c b'],
  ['event', 'a b c'],
  ['login', 'a b c'],
  ['sink', 'c b a'],
  ['reason', 'a b c'],
  ['toString', 'a b c'],
])('sorts by "%s"', (order, expected) => {
  expect(
    sorted(LETTERS, order)
      .map(({ id }) => id)
      .join(' '),
  ).toBe(expected)
})

it('offers each order once', () => {
  expect(new Set(ORDERS.map(([order]) => order)).size).toBe(ORDERS.length)
})
