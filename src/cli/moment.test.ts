import { expect, test } from 'vitest'
import { UsageError } from '../errors.ts'
import { parseMoment } from './moment.ts'

const now = Date.UTC(2026, 10, 22, 12)
const parse = (text: string) => parseMoment('--from', text, now)

test.each([
  ['2026-11-22', Date.UTC(2026, 10, 22)],
  ['2024-02-29', Date.UTC(2024, 1, 29)],
  ['2026-11-22T10:00:00Z', Date.UTC(2026, 10, 22, 10)],
  ['2026-11-22T10:00+02:00', Date.UTC(2026, 10, 22, 8)],
  ['now', now],
  ['24h', Date.UTC(2026, 10, 21, 12)],
  ['1795384721', 1795384721_000],
])('%s is a time', (text, ms) => {
  expect(parse(text)).toBe(ms / 1000)
})

// V8 reads the first three as days of the next month: an export would silently begin too late.
test.each(['2026-02-30', '2026-02-29T00:00:00Z', '2026-04-31', '2026-13-01', '2026-11-22T10:00', 'x', ''])(
  '"%s" is not one',
  (text) => {
    expect(() => parse(text)).toThrow(UsageError)
  },
)
