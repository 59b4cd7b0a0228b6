import { expect, it } from 'vitest'
import { chartQuery } from './chart-query.ts'

const NOW = Date.parse('2026-11-25T12:00:30Z')
const NEWEST = 1_000_000_030

it.each([
  [{}, NEWEST, 'from=999913680&to=1000000080'],
  [{ to: '500000' }, NEWEST, 'from=413600&to=500000'],
  [{ to: '100' }, NEWEST, 'from=0&to=100'],
  [{ from: '5' }, NEWEST, 'from=5'],
  [{ login: 'dana', from: '5', to: '9' }, NEWEST, 'login=dana&from=5&to=9'],
])('shows %o of an archive up to %i as %s', (filters, newest, query) => {
  expect(chartQuery(filters, newest, NOW)).toBe(query)
})

it('ends now if the archive is empty, and leaves a range to the list', () => {
  const query = new URLSearchParams(chartQuery({}, null, NOW))
  expect(Number(query.get('to')) - NOW / 1000).toBe(30)
  expect(chartQuery({ range: '1h' }, NEWEST, NOW)).toBe(`from=${Date.parse('2026-11-25T11:00:00Z') / 1000}`)
})
