import { expect, it } from 'vitest'
import { type Draft, fieldText, orderOf } from './order.ts'

const NOW = Date.UTC(2026, 10, 26)
const draft: Draft = {
  source: 'acme',
  from: '2026-11-22T10:00',
  to: '2026-11-22T11:30',
  parallel: '8',
  sinks: [],
  dryRun: false,
}

it('turns fields in UTC into an order in Unix seconds', () => {
  const from = Date.UTC(2026, 10, 22, 10) / 1000
  expect(orderOf(draft, NOW)).toEqual({
    order: { source: 'acme', from, to: from + 5_400, parallel: 8, dryRun: false },
  })
  expect(orderOf({ ...draft, sinks: ['soc'] }, NOW)).toMatchObject({ order: { sinks: ['soc'] } })
  expect(fieldText(from * 1000)).toBe(draft.from)
})

it.each([
  [{ source: '' }, ['source']],
  [{ from: '' }, ['from']],
  [{ to: '' }, ['to']],
  [{ to: draft.from }, ['to']],
  [{ to: '2026-11-27T00:00' }, ['to']],
  [{ parallel: '0' }, ['parallel']],
  [{ parallel: '65' }, ['parallel']],
  [{ parallel: '1.5' }, ['parallel']],
  [{ from: '', to: '', parallel: '' }, ['from', 'to', 'parallel']],
])('refuses %j', (change, fields) => {
  const made = orderOf({ ...draft, ...change }, NOW)
  expect('problems' in made && Object.keys(made.problems)).toEqual(fields)
})
