import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { localMoments, localText } from './local-moments.ts'

// This file has a process of its own (vitest.config.ts), in which a change of the time zone takes effect.
beforeAll(() => void vi.stubEnv('TZ', 'Europe/Berlin'))
afterAll(() => void vi.unstubAllEnvs())

const at = (text: string) => Date.parse(text) / 1000

it.each([
  ['of one meaning', '2026-11-27T12:00:07', ['2026-11-27T12:00:07+01:00']],
  ['without seconds', '2026-11-27T12:00', ['2026-11-27T12:00:00+01:00']],
  [
    'that a clock set back shows twice',
    '2026-10-25T02:30:00',
    ['2026-10-25T02:30:00+02:00', '2026-10-25T02:30:00+01:00'],
  ],
  ['just before', '2026-10-25T01:59:59', ['2026-10-25T01:59:59+02:00']],
  ['just after', '2026-10-25T03:00:00', ['2026-10-25T03:00:00+01:00']],
  ['that a clock set forward leaves out', '2026-03-29T02:30:00', ['2026-03-29T03:30:00+02:00']],
  ['that is none', '', []],
])('knows each moment of a local time %s', (_, text, moments) => {
  expect(localMoments(text)).toEqual(moments.map(at))
})

it('says a moment as a local time', () => {
  expect(localText(at('2026-10-25T01:30:00Z'))).toBe('2026-10-25T02:30:00')
})
