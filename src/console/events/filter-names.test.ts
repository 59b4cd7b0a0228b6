import { expect, it } from 'vitest'
import { chipsOf } from './filter-names.ts'

it('says each filter in words', () => {
  const chips = chipsOf({ login: 'dana', severity: '3', range: '24h', archive: 'cold' })
  expect(chips.map(({ name, value }) => `${name}: ${value}`)).toEqual([
    'User: dana',
    'Severity at least: medium',
    'Time: Last 24 hours',
  ])
})

it('says a bound as a time of this zone', () => {
  const noon = new Date(2026, 10, 25, 12, 0, 7).getTime() / 1000
  expect(chipsOf({ to: String(noon) })).toEqual([{ key: 'to', name: 'To', value: '25 Nov 2026 12:00:07' }])
})
