import { expect, it, onTestFinished, vi } from 'vitest'
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
  expect(chipsOf({ to: String(noon) })).toEqual([
    { key: 'to', name: 'To', value: expect.stringMatching(/^25 Nov 2026 12:00:07 [+-]\d\d:\d\d$/) },
  ])
})

it('tells the two hours apart that a clock set back shows alike', () => {
  vi.stubEnv('TZ', 'Europe/Berlin')
  onTestFinished(() => void vi.unstubAllEnvs())
  const second = Date.UTC(2026, 9, 25, 0, 30) / 1000
  const chips = chipsOf({ from: String(second), to: String(second + 3_600) })
  expect(chips.map(({ value }) => value)).toEqual([
    '25 Oct 2026 02:30:00 +02:00',
    '25 Oct 2026 02:30:00 +01:00',
  ])
})
